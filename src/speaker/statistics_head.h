// Statistics pooling and the two dense layers after it: frames to one embedding.
// Source: Orange/Speaker-wavLM-tbr, TopLayers.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/ops.h"
#include "model/speaker_tensors.h"
#include "weights/weight_reader.h"

namespace kani::speaker {

/// Mean and unbiased standard deviation of each column.
/// @param hidden [frames, D], frames >= 2.
/// @return [2D], means first.
std::vector<float> PoolStatistics(std::span<const float> hidden, int64_t frames);

class StatisticsHead {
 public:
  StatisticsHead(weights::WeightReader& reader, const model::SpeakerTensors& tensors);
  /// @param pooled [2D]
  /// @return [embd_size], unit length.
  std::vector<float> Embed(kernels::Ops& ops, std::span<const float> pooled) const;

 private:
  std::unique_ptr<const kernels::Weights> affine1_;  // [top_interm_size, 2D]
  kernels::Buffer bias1_;                            // [top_interm_size]
  std::unique_ptr<const kernels::Weights> affine2_;  // [embd_size, top_interm_size], with norm 1
  kernels::Buffer bias2_;                            // [embd_size]
  std::vector<double> scale2_, shift2_;              // [embd_size]
};

}  // namespace kani::speaker
