#include "train/sound/distortion.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/random.h"

namespace kani::train {

namespace {

constexpr double kHighestSnrDb = 40;
constexpr double kMostTilt = 0.6;     // of a first-order filter: about 8 dB between its ends
constexpr double kMostColour = 0.95;  // of a first-order filter of the noise
constexpr uint64_t kFirstNoise = 16;  // draws before it are for everything else

double Amplitude(double db) { return std::pow(10.0, db / 20); }

double Rms(std::span<const float> samples) {
  double sum = 0;
  for (const float value : samples) sum += static_cast<double>(value) * value;
  return std::sqrt(sum / static_cast<double>(std::max<size_t>(1, samples.size())));
}

void Tilt(double amount, std::span<float> samples) {
  // y[t] = x[t] + a x[t - 1], as loud as before at the lower or the upper end.
  double before = 0;
  for (float& value : samples) {
    const double now = value;
    value = static_cast<float>((now + amount * before) / (1 + std::abs(amount)));
    before = now;
  }
}

void AddNoise(double snr_db, double colour, const CounterRandom& random, std::span<float> samples) {
  // First-order noise of unit deviation: white for 0, dark above, bright below.
  const double deviation = Rms(samples) / Amplitude(snr_db) * std::sqrt(1 - colour * colour);
  double state = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    state = colour * state + random.Normal(kFirstNoise + i);
    samples[i] += static_cast<float>(deviation * state);
  }
}

}  // namespace

void Check(const DistortionOptions& options) {
  for (const double share : {options.noise, options.level, options.tilt}) {
    if (!(share >= 0 && share <= 1)) {
      Fail(ErrorCode::kInvalidArgument, "share of distorted clips ", share, ", expected [0, 1]");
    }
  }
  if (!(options.lowest_snr_db >= -20 && options.lowest_snr_db <= kHighestSnrDb)) {
    Fail(ErrorCode::kInvalidArgument, "lowest ratio of speech to noise ", options.lowest_snr_db,
         " dB, expected [-20, ", kHighestSnrDb, "]");
  }
  if (!(options.level_db >= 0 && options.level_db <= 40)) {
    Fail(ErrorCode::kInvalidArgument, "change of level ", options.level_db,
         " dB, expected [0, 40]");
  }
}

void Distort(const DistortionOptions& options, uint64_t seed, uint64_t stream,
             std::span<float> samples) {
  const CounterRandom random(seed, stream);
  const auto between = [&](uint64_t draw, double low, double high) {
    return low + (high - low) * random.Uniform(draw);
  };
  if (random.Uniform(0) < options.tilt) Tilt(between(1, -kMostTilt, kMostTilt), samples);
  if (random.Uniform(2) < options.noise) {
    AddNoise(between(3, options.lowest_snr_db, kHighestSnrDb),
             between(4, -kMostColour, kMostColour), random, samples);
  }
  if (random.Uniform(5) < options.level) {
    const double gain = Amplitude(between(6, -options.level_db, options.level_db));
    for (float& value : samples) value = static_cast<float>(gain * value);
  }
  for (float& value : samples) value = std::clamp(value, -1.0f, 1.0f);
}

}  // namespace kani::train
