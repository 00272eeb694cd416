// The tensors of a language model: upstream's names, and the shapes that a configuration gives.
// Loading, training, random models and packing read them here and nowhere else.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/tensor.h"
#include "model/lm_config.h"

namespace kani::model {

/// One decoder layer. What only the other kind of layer has is empty.
struct LmLayerTensors {
  TensorSpec operator_norm;             // [D]
  TensorSpec in_proj, in_proj_bias;     // [3D, D], [3D]: B | C | X
  TensorSpec conv, conv_bias;           // [D, 1, taps], [D]
  TensorSpec q_proj, k_proj, v_proj;    // [H * E, D], [G * E, D] twice
  TensorSpec q_layernorm, k_layernorm;  // [E]
  TensorSpec rope_scale;                // []: alpha before the sigmoid
  TensorSpec out_proj, out_proj_bias;   // [D, D] or [D, H * E], [D]
  TensorSpec ffn_norm;                  // [D]
  TensorSpec w1, w3, w2;                // [F, D] twice, [D, F]

  /// Matrices of the same input, which are packed as one on each other.
  std::array<TensorSpec, 3> Qkv() const { return {q_proj, k_proj, v_proj}; }
  std::array<TensorSpec, 2> GateUp() const { return {w1, w3}; }
};

struct LmTensors {
  explicit LmTensors(const LmConfig& config);

  TensorSpec embed_tokens;            // [V, D]
  TensorSpec speaker_emb_projection;  // [D, speaker_emb_dim]; plain LFM2 checkpoints have none
  TensorSpec lm_head;                 // [V, D]; files of tied models may have it, too
  std::vector<LmLayerTensors> layers;
  TensorSpec embedding_norm;  // [D]: the norm after the last layer

  /// Every tensor of a checkpoint that is written anew; the RoPE scales come last. A tied model has
  /// no head of its own.
  /// @param tied as LmConfig::tie_word_embeddings.
  std::vector<TensorSpec> All(bool tied) const;
};

}  // namespace kani::model
