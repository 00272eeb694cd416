// WavLM's seven strided convolutions: samples to feature frames.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/trace.h"
#include "kernels/ops.h"
#include "model/speaker_config.h"
#include "model/speaker_tensors.h"
#include "speaker/norm.h"
#include "weights/weight_reader.h"

namespace kani::speaker {

class FeatureExtractor {
 public:
  FeatureExtractor(weights::WeightReader& reader, const model::SpeakerTensors& tensors,
                   const model::SpeakerConfig& config);

  int64_t channels() const { return layers_.back().channels; }
  /// Samples from one frame to the next.
  int64_t stride() const { return stride_; }
  /// 0 when there are too few samples for a frame.
  int64_t Frames(int64_t samples) const;
  /// The fewest samples that give `frames` frames; a value past any recording rather than overflow.
  int64_t SamplesFor(int64_t frames) const;

  /// Computes `chunk_frames` frames at a time, which bounds the memory (the first layer's output of
  /// 30 s has 197 MB) and changes no bit, as every norm is over one frame.
  /// @param samples normalised, at least SamplesFor(1).
  /// @param trace sees conv_layer_0 when one chunk covers all.
  /// @return [Frames(samples), channels()]
  kernels::Buffer Run(kernels::Ops& ops, std::span<const float> samples, int64_t chunk_frames,
                      const Trace& trace = {}) const;

 private:
  struct Layer {
    std::unique_ptr<const kernels::Weights> convolution;  // [C, kernel, C before]
    Norm norm;                                            // [C]
    int64_t channels = 0, kernel = 0, stride = 0;
  };
  std::vector<Layer> layers_;
  int64_t stride_ = 1;
  float eps_ = 0;
};

}  // namespace kani::speaker
