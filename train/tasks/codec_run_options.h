// Everything that makes one run of training a codec differ from another.
#pragma once

#include <ATen/core/ScalarType.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>

#include "train/codec/codec_trainer.h"
#include "train/run/run_options.h"
#include "train/sound/crops.h"
#include "train/sound/distortion.h"

namespace kani::train {

struct CodecRunOptions : RunOptions {
  CodecRunOptions();

  /// model_config.yaml of a codec whose weights are drawn, or a .nemo to begin with.
  std::filesystem::path model;
  int64_t steps = 1000;          ///< updates in all; the schedule ends there
  CodecTrainerSettings trainer;  ///< its schedule's total_steps is set from the above
  CropOptions crops;             ///< their seed is the run's
  DistortionOptions distortion;  ///< of what the encoder hears
  /// Share of crops that keep only the first of their codebooks, so that those learn the most.
  double codebook_dropout = 0.1;
  at::ScalarType compute = at::kBFloat16;
  at::Device device = at::kCPU;
  int64_t held_out_clips = 24;   ///< at most, for an evaluation
  int64_t held_out_frames = 30;  ///< of each, from its beginning
  int64_t examples = 4;          ///< of them, written as WAV by every evaluation
};

/// Throws kInvalidArgument for numbers out of range; what lies in files is checked when it is read.
void Check(const CodecRunOptions& options);

}  // namespace kani::train
