#include "audio/time_stretch.h"

#include <soundtouch/SoundTouch.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>

#include "base/error.h"

namespace kani::audio {
namespace {

static_assert(std::is_same_v<soundtouch::SAMPLETYPE, float>);

// What its authors advise for speech; longer pieces for music repeat syllables.
constexpr int kSequenceMs = 40, kSeekWindowMs = 15, kOverlapMs = 8;

}  // namespace

struct TimeStretch::Stretcher {
  soundtouch::SoundTouch touch;
};

TimeStretch::TimeStretch(double speed, int sample_rate_hz) : speed_(speed) {
  if (!(speed >= kLowestSpeed && speed <= kHighestSpeed)) {
    Fail(ErrorCode::kInvalidArgument, "speed ", speed, ": expected a number in [", kLowestSpeed,
         ", ", kHighestSpeed, "]");
  }
  if (speed == 1) return;
  stretcher_ = std::make_unique<Stretcher>();
  soundtouch::SoundTouch& touch = stretcher_->touch;
  touch.setChannels(1);
  touch.setSampleRate(static_cast<unsigned>(sample_rate_hz));
  touch.setTempo(speed);
  touch.setSetting(SETTING_USE_AA_FILTER, 0);  // of the change of pitch, which there is none of
  touch.setSetting(SETTING_USE_QUICKSEEK, 0);
  touch.setSetting(SETTING_SEQUENCE_MS, kSequenceMs);
  touch.setSetting(SETTING_SEEKWINDOW_MS, kSeekWindowMs);
  touch.setSetting(SETTING_OVERLAP_MS, kOverlapMs);
}

TimeStretch::~TimeStretch() = default;
TimeStretch::TimeStretch(TimeStretch&&) noexcept = default;

/// Appends what is ready, but not beyond sample `limit` of the whole output.
void TimeStretch::Take(std::vector<float>& output, int64_t limit) {
  soundtouch::SoundTouch& touch = stretcher_->touch;
  const auto count = std::min<int64_t>(touch.numSamples(), limit - produced_);
  const size_t first = output.size();
  output.resize(first + static_cast<size_t>(count));
  touch.receiveSamples(output.data() + first, static_cast<unsigned>(count));
  produced_ += count;
}

void TimeStretch::Process(std::span<const float> input, std::vector<float>& output) {
  if (!stretcher_) {
    output.insert(output.end(), input.begin(), input.end());
    return;
  }
  received_ += std::ssize(input);
  stretcher_->touch.putSamples(input.data(), static_cast<unsigned>(input.size()));
  // Of a short signal it may have made more than the whole should have.
  Take(output, std::llround(static_cast<double>(received_) / speed_));
}

void TimeStretch::Finish(std::vector<float>& output) {
  if (!stretcher_) return;
  const int64_t total = std::llround(static_cast<double>(received_) / speed_);
  // Silence pushes out what SoundTouch holds back.
  constexpr std::array<float, 256> kSilence{};
  while (produced_ < total) {
    stretcher_->touch.putSamples(kSilence.data(), kSilence.size());
    Take(output, total);
  }
  stretcher_->touch.clear();
  received_ = produced_ = 0;
}

}  // namespace kani::audio
