// From a recording as people have it to an embedding: checks, 16 kHz.

#include <algorithm>
#include <cmath>

#include "audio/levels.h"
#include "audio/resampler.h"
#include "audio/silence.h"
#include "base/error.h"
#include "base/tensor.h"
#include "speaker/encoder.h"

namespace kani::speaker {
namespace {

/// From here on clipping is heard: one flat top in each thousand samples.
constexpr double kClippedFraction = 1e-3;

/// Rounded down, so that "0.99 s" is never called 1 s.
double Hundredths(double seconds) { return std::floor(seconds * 100) / 100; }

/// Throws for what cannot be cloned and warns of what clones badly.
/// @return the part that matters, at the recording's own rate.
std::span<const float> Check(const Recording& recording, const WarningSink& warn) {
  const std::string where = "recording " + Quoted(recording.name);
  const double rate_hz = recording.sample_rate_hz;
  if (rate_hz < audio::kLowestRateHz || rate_hz > audio::kHighestRateHz) {
    Fail(ErrorCode::kInvalidArgument, where, ": sample rate ", recording.sample_rate_hz,
         " Hz, expected ", audio::kLowestRateHz, " to ", audio::kHighestRateHz);
  }
  const double seconds = static_cast<double>(recording.samples.size()) / rate_hz;
  if (seconds < kMinSeconds) {
    Fail(ErrorCode::kInvalidArgument, where, ": ", Hundredths(seconds),
         " s of sound, expected at least ", kMinSeconds);
  }
  // A second more than is used, so that the resampler sees what follows as upstream's does.
  const auto most = static_cast<size_t>((kMaxSeconds + 1) * rate_hz);
  const auto part = std::span(recording.samples).first(std::min(recording.samples.size(), most));
  const audio::Levels levels = audio::Measure(part);
  if (!levels.finite) {
    Fail(ErrorCode::kInvalidArgument, where, ": has samples that are not finite");
  }
  if (levels.rms < audio::kSilenceRms) {
    Fail(ErrorCode::kInvalidArgument, where, ": is silent (RMS ", levels.rms,
         ", expected at least ", audio::kSilenceRms, ")");
  }
  if (seconds < kGoodSeconds) {
    Warn(warn, StrCat(where, ": only ", Hundredths(seconds), " s of sound, ", kGoodSeconds,
                      " s or more give a better voice"));
  }
  if (seconds > kMaxSeconds) {
    Warn(warn, StrCat(where, ": ", Hundredths(seconds), " s long, only the first ", kMaxSeconds,
                      " s are used"));
  }
  if (levels.clipped_fraction > kClippedFraction) {
    Warn(warn, StrCat(where, ": ", Hundredths(100 * levels.clipped_fraction),
                      " % of the samples are clipped"));
  }
  return part;
}

}  // namespace

std::vector<float> EmbedRecording(kernels::Ops& ops, const Encoder& encoder,
                                  const Recording& recording, Silence silence,
                                  const WarningSink& warn) {
  Recording cut{{}, recording.sample_rate_hz, recording.name};
  const bool can_cut =
      silence == Silence::kCut && recording.sample_rate_hz > 0 && AllFinite(recording.samples);
  if (can_cut) {
    cut.samples = audio::WithoutLongSilence(recording.samples, recording.sample_rate_hz);
    const double left_out_s = static_cast<double>(recording.samples.size() - cut.samples.size()) /
                              recording.sample_rate_hz;
    if (left_out_s > 0) {
      Warn(warn, StrCat("recording ", Quoted(recording.name), ": ", Hundredths(left_out_s),
                        " s of silence are left out"));
    }
  }
  const std::span<const float> part = Check(can_cut ? cut : recording, warn);
  return encoder.Embed(ops, audio::Resample(part, recording.sample_rate_hz, kSampleRateHz));
}

}  // namespace kani::speaker
