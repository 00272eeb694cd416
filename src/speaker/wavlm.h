// WavLM-Large's forward pass: normalised samples to the last hidden state. arXiv 2110.13900;
// upstream: transformers models/wavlm.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/trace.h"
#include "kernels/ops.h"
#include "model/speaker_config.h"
#include "model/speaker_tensors.h"
#include "speaker/feature_extractor.h"
#include "speaker/norm.h"
#include "weights/weight_reader.h"

namespace kani::speaker {

class WavLm {
 public:
  /// @param format of the layer matrices; everything else (4 % of WavLM-Large) stays fp32.
  WavLm(weights::WeightReader& reader, const model::SpeakerTensors& tensors,
        const model::SpeakerConfig& config, kernels::WeightFormat format);
  ~WavLm();

  const FeatureExtractor& extractor() const { return extractor_; }
  /// @param samples normalised, for at least one frame.
  /// @return [frames, D] on the host, after the final norm.
  std::vector<float> Run(kernels::Ops& ops, std::span<const float> samples,
                         const Trace& trace) const;

 private:
  struct Layer;
  struct Workspace;

  static void ReadGate(weights::WeightReader& reader, const model::SpeakerLayerTensors& tensors,
                       Layer& layer);
  static Layer ReadLayer(weights::WeightReader& reader, const model::SpeakerLayerTensors& tensors,
                         kernels::WeightFormat format);
  kernels::Buffer Project(kernels::Ops& ops, const kernels::Buffer& features, int64_t frames) const;
  kernels::Buffer Positional(kernels::Ops& ops, const kernels::Buffer& hidden,
                             int64_t frames) const;
  void RunLayer(kernels::Ops& ops, const Layer& layer, int64_t frames, Workspace& work) const;
  void ComputeGate(kernels::Ops& ops, const Layer& layer, int64_t frames, Workspace& work) const;

  model::SpeakerConfig config_;
  FeatureExtractor extractor_;
  Norm projection_norm_;                                // [C]
  std::unique_ptr<const kernels::Weights> projection_;  // [D, C]
  kernels::Buffer projection_bias_;                     // [D]
  /// One [D / G, taps, D / G] for each of G groups of channels.
  std::vector<std::unique_ptr<const kernels::Weights>> positional_;
  kernels::Buffer positional_bias_;        // [D]
  std::vector<float> relative_positions_;  // [num_buckets, H]
  std::vector<Layer> layers_;
  Norm final_norm_;  // [D]
};

}  // namespace kani::speaker
