// Which pieces of which recordings a step is trained on: a function of the seed and the step.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "train/sound/sound_set.h"

namespace kani::train {

struct CropOptions {
  /// Lengths in frames, one of them in each step. Few: every new shape costs seconds and memory.
  std::vector<int64_t> lengths = {14, 28};
  int64_t frames_per_step = 56;  ///< of all processes together: the shorter the crops, the more
  double held_out = 0.02;        ///< share of the recordings that is never trained on
  uint64_t seed = 42;
};

/// Throws kInvalidArgument for numbers out of range.
void Check(const CropOptions& options);

/// A piece of a clip; it may begin before the clip and end behind it.
struct Crop {
  int64_t clip = 0, begin = 0;
};

class CropPlan {
 public:
  /// Throws kInvalidArgument where no recording is left to train on. REQUIRES: Check().
  CropPlan(const SoundSet& sounds, const CropOptions& options, int64_t samples_per_frame);

  struct Step {
    int64_t samples = 0;  ///< of each crop
    std::vector<Crop> crops;
  };
  /// The crops of one process. Every second of the recordings is as likely as any other; a clip
  /// that is shorter than a crop lies somewhere in it, with silence around.
  Step Get(int64_t epoch, int64_t step, int64_t rank, int64_t processes) const;
  /// Steps whose crops are as long together as the recordings.
  int64_t steps_per_epoch() const { return steps_per_epoch_; }

  /// Clips that are held out, in order. Which those are depends on their ids alone.
  const std::vector<int64_t>& held_out() const { return held_out_; }
  const std::vector<int64_t>& trained_on() const { return trained_on_; }

 private:
  const SoundSet& sounds_;
  CropOptions options_;
  int64_t samples_per_frame_;
  std::vector<int64_t> held_out_, trained_on_;
  std::vector<int64_t> ends_;  // samples up to the end of each clip that is trained on
  int64_t steps_per_epoch_ = 0;
};

}  // namespace kani::train
