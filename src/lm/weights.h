// Weights of a language model, checked and packed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "formats/safetensors.h"
#include "kernels/device.h"
#include "model/lm_config.h"

namespace kani::lm {

/// Weights of one decoder layer; those of the other kind of layer stay empty.
struct LayerWeights {
  kernels::Buffer operator_norm, ffn_norm;           // [D]
  std::unique_ptr<const kernels::Weights> qkv;       // [(H + 2G) * E, D]
  kernels::Buffer head_norm;                         // [H + G, E]: q_norm H times, k_norm G times
  kernels::Buffer inv_freq;                          // [E / 2], the layer's alpha folded in
  std::unique_ptr<const kernels::Weights> in_proj;   // [3D, D]: B | C | X
  kernels::Buffer in_bias;                           // [3D] or empty
  kernels::Buffer taps, tap_bias;                    // [L, D], [D] or empty
  std::unique_ptr<const kernels::Weights> out_proj;  // [D, H * E] or [D, D]
  kernels::Buffer out_bias;                          // [D] or empty
  std::unique_ptr<const kernels::Weights> gate_up;   // [2F, D]: w1 | w3
  std::unique_ptr<const kernels::Weights> down;      // [D, F]: w2
};

/// The store stays open: embedding rows are read from the mapped file.
struct ModelWeights {
  std::unique_ptr<formats::TensorStore> store;
  const TensorView* embedding = nullptr;  // [V, D]
  TensorSpec head;                        // [V, D], the embedding itself when tied
  std::vector<float> speaker_projection;  // [D, speaker_emb_dim], empty when the file has none
  std::vector<LayerWeights> layers;
  kernels::Buffer final_norm;  // [D]
  int64_t feed_forward_size = 0;
  size_t layer_bytes = 0;  // of all layers
};

/// Everything but the output head. Throws kInvalidFile for a tensor that is missing, misshapen,
/// unknown or not finite. Pages already packed are given back.
/// @param format of every matrix; none: as WeightReader::Stack chooses.
ModelWeights LoadWeights(kernels::Device& device, model::LmConfig config,
                         std::unique_ptr<formats::TensorStore> store,
                         std::optional<kernels::WeightFormat> format);

}  // namespace kani::lm
