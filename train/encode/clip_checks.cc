#include "train/encode/clip_checks.h"

#include <algorithm>
#include <cmath>

#include "audio/resampler.h"
#include "base/error.h"

namespace kani::train {
namespace {

int64_t CountCharacters(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

}  // namespace

void CheckLimits(const ClipLimits& limits) {
  if (!(limits.min_seconds >= 0 && limits.max_seconds > limits.min_seconds)) {
    Fail(ErrorCode::kInvalidArgument, "clips of ", limits.min_seconds, " to ", limits.max_seconds,
         " s: no clip is that long");
  }
  if (!(limits.min_rms >= 0 && limits.min_rms < 1)) {
    Fail(ErrorCode::kInvalidArgument, "lowest RMS ", limits.min_rms, ", expected [0, 1)");
  }
  if (!(limits.max_clipped_fraction >= 0 && limits.max_clipped_fraction <= 1)) {
    Fail(ErrorCode::kInvalidArgument, "share of clipped samples ", limits.max_clipped_fraction,
         ", expected [0, 1]");
  }
}

std::optional<std::string> FindOtherLength(double stated_s, double seconds) {
  // Lists round, and the last frame of codes is filled up.
  const double most_s = 0.2 + 0.01 * stated_s;
  if (stated_s <= 0 || std::abs(stated_s - seconds) <= most_s) return std::nullopt;
  return StrCat("its list says ", stated_s, " s, there are ", seconds, " s");
}

std::optional<std::string> FindSlowSpeech(std::string_view text, double seconds) {
  // Slow speech in Chinese has three a second; a word alone may have silence around it.
  constexpr double kFewestPerSecond = 1, kLongEnoughSeconds = 5;
  const int64_t characters = CountCharacters(text);
  if (seconds < kLongEnoughSeconds ||
      static_cast<double>(characters) >= kFewestPerSecond * seconds) {
    return std::nullopt;
  }
  return StrCat(characters, " characters of text in ", seconds, " s");
}

std::optional<Finding> FindMismatch(std::string_view text, double seconds) {
  // The fastest speakers reach 30 a second; numbers are shorter written than said.
  constexpr double kMostPerSecond = 60;
  const int64_t characters = CountCharacters(text);
  if (static_cast<double>(characters) <= kMostPerSecond * seconds) return std::nullopt;
  return Finding{DropReason::kTooShort,
                 StrCat(characters, " characters of text in ", seconds, " s")};
}

std::optional<Finding> FindFault(std::span<const float> samples, int sample_rate_hz,
                                 const ClipLimits& limits) {
  if (sample_rate_hz < audio::kLowestRateHz || sample_rate_hz > audio::kHighestRateHz) {
    return Finding{DropReason::kUnreadable, StrCat("sample rate ", sample_rate_hz, " Hz")};
  }
  const double seconds = static_cast<double>(samples.size()) / sample_rate_hz;
  if (seconds > limits.max_seconds) return Finding{DropReason::kTooLong, StrCat(seconds, " s")};
  if (samples.empty() || seconds < limits.min_seconds) {
    return Finding{DropReason::kTooShort, StrCat(seconds, " s")};
  }
  const audio::Levels levels = audio::Measure(samples);
  if (!levels.finite) return Finding{DropReason::kUnreadable, "samples that are not finite"};
  if (levels.rms < limits.min_rms) return Finding{DropReason::kSilent, StrCat("RMS ", levels.rms)};
  if (levels.clipped_fraction > limits.max_clipped_fraction) {
    return Finding{DropReason::kClipped,
                   StrCat(100 * levels.clipped_fraction, " % of the samples at full scale")};
  }
  return std::nullopt;
}

}  // namespace kani::train
