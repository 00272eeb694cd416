// For tests: the logits of whole clips as the trainer and as the engine compute them, and how far
// apart two such results are.
#pragma once

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/ops.h"
#include "lm/language_model.h"
#include "train/data/clip.h"
#include "train/lm/language_model.h"
#include "train/lm/packed_batch.h"

namespace kani::train {

/// [T, V], T the rows of all clips one behind the other, which are one packed batch.
inline std::vector<float> TrainerLogits(const LanguageModel& model, std::span<const Clip> clips) {
  const at::NoGradGuard no_gradient;
  const at::Tensor logits = model.Logits(model.Hidden(Pack(clips, model.config()))).contiguous();
  const float* begin = logits.data_ptr<float>();
  return {begin, begin + logits.numel()};
}

/// The same of the engine, each clip a sequence of its own.
inline std::vector<float> EngineLogits(const lm::LanguageModel& model,
                                       std::span<const Clip> clips) {
  const auto ops = model.device().NewOps(1);
  kernels::KvPool pool(model.device(), lm::KvShapeOf(model.config()));
  std::vector<lm::DecodingState> states;
  states.reserve(clips.size());  // segments point to them
  std::vector<lm::RowSegment> segments;
  int64_t rows = 0;
  for (const Clip& clip : clips) {
    states.emplace_back(pool, model.config(), std::ssize(clip.rows));
    segments.push_back({&states.back(), clip.rows, clip.speaker});
    rows += std::ssize(clip.rows);
  }
  lm::Workspace workspace;
  model.Forward(*ops, segments, workspace, /*all_rows=*/true);
  return model.FullLogits(*ops, rows, workspace);
}

/// How far two sets of logits are apart.
struct Distance {
  double largest = 0;   ///< of any two logits
  double relative = 0;  ///< the largest of a row, as a share of the row's largest logit

  void Include(const Distance& other) {
    largest = std::max(largest, other.largest);
    relative = std::max(relative, other.relative);
  }
};

/// For Distance::relative of one model in fp32 by two programs. Rounding comes to 5e-6; an error of
/// 0.001 in the step between frames or in the raw RoPE scales comes to 3e-4.
inline constexpr double kTolerance = 3e-5;

/// @param a, b [T, V] with V = `vocab_size`; a NaN is infinitely far from everything.
inline Distance DistanceOf(std::span<const float> a, std::span<const float> b, int64_t vocab_size) {
  Distance distance;
  for (size_t row = 0; row < a.size(); row += static_cast<size_t>(vocab_size)) {
    double apart = 0, scale = 0;
    for (size_t i = row; i < row + static_cast<size_t>(vocab_size); ++i) {
      const double difference = std::abs(double{a[i]} - double{b[i]});
      apart = std::isnan(difference) ? INFINITY : std::max(apart, difference);
      scale = std::max(scale, std::abs(double{b[i]}));
    }
    distance.Include({apart, apart / scale});
  }
  return distance;
}

}  // namespace kani::train
