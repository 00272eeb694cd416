// Which clips are not worth training on.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "audio/levels.h"
#include "train/data/import_report.h"

namespace kani::train {

struct ClipLimits {
  double min_seconds = 0.5;
  double max_seconds = 40;  ///< the original's
  double min_rms = audio::kSilenceRms;
  /// Share of samples in flat tops; from one in a thousand on clipping is heard.
  double max_clipped_fraction = 1e-3;
};

/// Throws kInvalidArgument for limits that no clip can keep.
void CheckLimits(const ClipLimits& limits);

struct Finding {
  DropReason reason;
  std::string detail;
};
/// Whether so much text cannot be spoken in so little time: another clip's transcript.
std::optional<Finding> FindMismatch(std::string_view text, double seconds);
/// What is said of a clip whose list tells another length than `seconds`. @param stated_s 0: it
/// tells none
std::optional<std::string> FindOtherLength(double stated_s, double seconds);
/// What is said of a clip with so little text that it can hardly be all that is spoken.
std::optional<std::string> FindSlowSpeech(std::string_view text, double seconds);
/// Why a clip is dropped, nothing if it is kept. @param samples mono at `sample_rate_hz`.
std::optional<Finding> FindFault(std::span<const float> samples, int sample_rate_hz,
                                 const ClipLimits& limits);

}  // namespace kani::train
