// The tensors of the speaker encoder: upstream's names, and the shapes that a configuration gives.
// Loading, training, random encoders and packing read them here and nowhere else.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "base/tensor.h"
#include "model/speaker_config.h"

namespace kani::model {

/// weight and bias of a layer or of a LayerNorm.
struct WeightAndBias {
  TensorSpec weight, bias;
};

struct SpeakerLayerTensors {
  WeightAndBias layer_norm;                        // [D]: before attention
  WeightAndBias q_proj, k_proj, v_proj, out_proj;  // [D, D], [D]
  WeightAndBias gru_rel_pos_linear;                // [8, D / heads], [8]
  TensorSpec gru_rel_pos_const;                    // [1, heads, 1, 1]
  WeightAndBias final_layer_norm;                  // [D]: before the feed-forward part
  WeightAndBias intermediate_dense, output_dense;  // [F, D], [D, F]

  /// Matrices of the same input, which are packed as one on each other; and their biases.
  std::array<TensorSpec, 3> Qkv() const { return {q_proj.weight, k_proj.weight, v_proj.weight}; }
  std::array<TensorSpec, 3> QkvBias() const { return {q_proj.bias, k_proj.bias, v_proj.bias}; }
};

struct BatchNormTensors {
  TensorSpec running_mean, running_var;  // [C]
};

struct SpeakerTensors {
  explicit SpeakerTensors(const SpeakerConfig& config);

  struct FeatureLayer {
    TensorSpec conv;           // [C, C before, kernel]
    WeightAndBias layer_norm;  // [C]
  };
  std::vector<FeatureLayer> feature_extractor;
  WeightAndBias projection_norm;  // [C]
  WeightAndBias projection;       // [D, C], [D]
  /// Grouped convolution [D, D / groups, taps], normalised over both channel axes (weight_norm.h).
  std::string_view positional_module = "wavlm.encoder.pos_conv_embed.conv";
  Shape positional_weight;
  TensorSpec positional_bias;  // [D]
  TensorSpec rel_attn_embed;   // [num_buckets, heads]: the first layer's, for all
  std::vector<SpeakerLayerTensors> layers;
  WeightAndBias final_norm;        // [D]
  WeightAndBias affine1, affine2;  // [middle, 2D, 1], [embd_size, middle, 1] and biases
  BatchNormTensors batchnorm1, batchnorm2;

  /// Every tensor as the published checkpoint spells it: the positional weight in two parts.
  std::vector<TensorSpec> All() const;
};

/// What training leaves in a checkpoint and nothing reads.
bool IsSpeakerTrainingTensor(std::string_view name);

}  // namespace kani::model
