// Resampling cases: recordings of several rates, and of a few samples, to 16 kHz mono.
#include "audio/resampler.h"

#include <cstdlib>

#include "apps/dev/verify/parity_case.h"
#include "base/error.h"

namespace kani::dev {
namespace {

constexpr int kTargetHz = 16000;
constexpr int kDefaultHz = 44100;  // of the files that do not name their rate

int RateOf(const std::string& file) {
  constexpr std::string_view kPrefix = "mono_";
  return file.starts_with(kPrefix) ? std::atoi(file.c_str() + kPrefix.size()) : kDefaultHz;
}

std::vector<float> Mono(const std::vector<float>& channels, const Shape& shape) {
  std::vector<float> mono(static_cast<size_t>(shape.at(1)));
  for (size_t i = 0; i < mono.size(); ++i) {
    double sum = 0;
    for (int64_t c = 0; c < shape.at(0); ++c)
      sum += channels[static_cast<size_t>(c) * mono.size() + i];
    mono[i] = static_cast<float>(sum / static_cast<double>(shape.at(0)));
  }
  return mono;
}

}  // namespace

void VerifyResampler(ParityCase& parity) {
  for (const std::string& file : parity.Files()) {
    if (parity.Has(file, "channels_first")) {
      const std::vector<float> mono =
          Mono(parity.Floats(file, "channels_first"), parity.ShapeOf(file, "channels_first"));
      parity.Compare(file, "channels_first_16k", audio::Resample(mono, kDefaultHz, kTargetHz));
      constexpr char kWhy[] = "upstream takes the first row of an array laid out in time";
      parity.NotReproduced(file, "time_first", kWhy);
      parity.NotReproduced(file, "time_first_result", kWhy);
    } else {
      parity.Compare(file, "resampled_16k",
                     audio::Resample(parity.Floats(file, "audio"), RateOf(file), kTargetHz));
    }
  }
}

}  // namespace kani::dev
