// Weights of a language model, checked and packed: driven by upstream's tensor names.
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

/// Everything but the output head. The store stays open: embedding rows are read from the mapped
/// file.
struct ModelWeights {
  std::unique_ptr<formats::TensorStore> store;
  const TensorView* embedding = nullptr;  // [V, D]
  const TensorView* head = nullptr;       // [V, D], the embedding itself when tied
  std::vector<float> speaker_projection;  // [D, speaker_emb_dim], empty when the file has none
  std::vector<LayerWeights> layers;
  kernels::Buffer final_norm;  // [D]
  int64_t feed_forward_size = 0;

  /// Bytes of the packed matrices of all layers.
  size_t bytes() const;
};

/// Throws kInvalidFile for a tensor that is missing, misshapen, unknown or not finite. Pages
/// already packed are given back.
/// @param format of every matrix; none: bf16 for those stored as bf16, fp32 for all others. (fp16
/// has three more bits of mantissa than bf16, and no official checkpoint is fp16: it is worth no
/// kernels of its own.)
ModelWeights LoadWeights(kernels::Device& device, const model::LmConfig& config,
                         std::unique_ptr<formats::TensorStore> store,
                         std::optional<kernels::WeightFormat> format);

/// Rows [begin, begin + count) of the output head as one matrix.
std::unique_ptr<const kernels::Weights> PackHead(kernels::Device& device,
                                                 const ModelWeights& weights, int64_t begin,
                                                 int64_t count,
                                                 std::optional<kernels::WeightFormat> format);

}  // namespace kani::lm
