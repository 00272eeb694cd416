#include "train/sound/crops.h"

#include <algorithm>

#include "base/error.h"
#include "base/random.h"
#include "train/data/checksum.h"

namespace kani::train {

namespace {

constexpr uint64_t kDrawsOfACrop = 4;

/// [0, 1) from the id alone.
double Lot(const SoundClip& clip) {
  return static_cast<double>(Crc32(std::as_bytes(std::span(clip.id)))) * 0x1p-32;
}

}  // namespace

void Check(const CropOptions& options) {
  const auto refuse = [](const auto&... text) { Fail(ErrorCode::kInvalidArgument, text...); };
  if (options.lengths.empty()) refuse("no length of crops");
  for (const int64_t frames : options.lengths) {
    if (frames < 1 || frames > 4096) refuse("crops of ", frames, " frames, expected [1, 4096]");
    if (frames > options.frames_per_step) {
      refuse("crops of ", frames, " frames in steps of ", options.frames_per_step);
    }
  }
  if (!(options.held_out >= 0 && options.held_out < 1)) {
    refuse("share held out ", options.held_out, ", expected [0, 1)");
  }
}

CropPlan::CropPlan(const SoundSet& sounds, const CropOptions& options, int64_t samples_per_frame)
    : sounds_(sounds), options_(options), samples_per_frame_(samples_per_frame) {
  int64_t samples = 0;
  for (int64_t clip = 0; clip < sounds.size(); ++clip) {
    if (Lot(sounds[clip]) < options.held_out) {
      held_out_.push_back(clip);
      continue;
    }
    trained_on_.push_back(clip);
    ends_.push_back(samples += std::ssize(sounds[clip].samples));
  }
  if (trained_on_.empty()) {
    Fail(ErrorCode::kInvalidArgument, "no recording to train on: ", sounds.size(),
         " were read, of which ", held_out_.size(), " are held out");
  }
  steps_per_epoch_ = std::max<int64_t>(1, samples / (options.frames_per_step * samples_per_frame));
}

CropPlan::Step CropPlan::Get(int64_t epoch, int64_t step, int64_t rank, int64_t processes) const {
  const CounterRandom random(options_.seed,
                             static_cast<uint64_t>(epoch) << 32 | static_cast<uint64_t>(step));
  const auto below = [&](uint64_t draw, int64_t limit) {
    const double at = random.Uniform(draw) * static_cast<double>(limit);
    return std::min(limit - 1, static_cast<int64_t>(at));
  };
  const int64_t frames =
      options_.lengths[static_cast<size_t>(below(0, std::ssize(options_.lengths)))];
  Step out{.samples = frames * samples_per_frame_, .crops = {}};
  const int64_t count = options_.frames_per_step / frames;
  for (int64_t i = rank; i < std::max(count, processes); i += processes) {
    const uint64_t draws = 1 + kDrawsOfACrop * static_cast<uint64_t>(i);
    const auto found = std::ranges::upper_bound(ends_, below(draws, ends_.back()));
    const int64_t clip = trained_on_[static_cast<size_t>(found - ends_.begin())];
    const int64_t room = std::ssize(sounds_[clip].samples) - out.samples;
    const int64_t place = below(draws + 1, std::abs(room) + 1);
    out.crops.push_back({clip, room >= 0 ? place : -place});
  }
  return out;
}

}  // namespace kani::train
