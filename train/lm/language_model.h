// LFM2 backbone with the KaniTTS2 deltas, for training: the forward pass of src/lm on LibTorch,
// differentiable, over a packed batch. Upstream: transformers models/lfm2, kani-tts-2-pretrain.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

#include "model/lm_config.h"
#include "model/lm_tensors.h"
#include "train/lm/packed_batch.h"
#include "train/nn/parameters.h"

namespace kani::train {

/// Sees the output [T, D] of each attention layer.
using LayerObserver = std::function<void(int64_t layer, const at::Tensor& output)>;

class LanguageModel {
 public:
  /// Weights are zero until loaded or initialised.
  /// @param compute type of the matrix products and of the stream between layers; norms, softmax,
  /// positions and the loss stay fp32
  /// @param device where weights lie and batches are computed
  explicit LanguageModel(model::LmConfig config, at::ScalarType compute = at::kFloat,
                         at::Device device = at::kCPU);

  const model::LmConfig& config() const { return config_; }
  const model::LmTensors& tensors() const { return tensors_; }
  Parameters& parameters() { return parameters_; }
  const Parameters& parameters() const { return parameters_; }
  /// The parameters before this offset of the flat buffer are one group of the optimizer, the RoPE
  /// scales behind it (their own rate, no weight decay) the other.
  int64_t alpha_offset() const { return alpha_offset_; }

  /// What a forward pass begins with: [T, D] in the compute type, speaker rows projected.
  at::Tensor Embed(const PackedBatch& batch) const;
  /// From there to [T, D] in the compute type, after the final norm.
  at::Tensor Hidden(const PackedBatch& batch, const at::Tensor& embedded,
                    const LayerObserver& observe = {}) const;
  at::Tensor Hidden(const PackedBatch& batch) const { return Hidden(batch, Embed(batch)); }
  /// [rows, V] fp32 logits of rows of Hidden. For parity and evaluation of a few rows.
  at::Tensor Logits(const at::Tensor& hidden) const;
  /// Cross-entropy summed over all targets: an fp32 scalar that can be differentiated.
  at::Tensor LossSum(const PackedBatch& batch) const;

 private:
  /// The weight in the compute type; an undefined tensor where the model has none.
  at::Tensor Weight(const TensorSpec& spec) const;
  at::Tensor Norm(const at::Tensor& rows, const TensorSpec& weight) const;
  at::Tensor Head() const;
  at::Tensor Convolution(const model::LmLayerTensors& layer, const at::Tensor& rows,
                         const PackedBatch& batch) const;
  at::Tensor Attention(const model::LmLayerTensors& layer, const at::Tensor& rows,
                       const PackedBatch& batch) const;
  at::Tensor FeedForward(const model::LmLayerTensors& layer, const at::Tensor& rows) const;

  model::LmConfig config_;
  model::LmTensors tensors_;
  at::ScalarType compute_;
  Parameters parameters_;
  int64_t alpha_offset_ = 0;
};

}  // namespace kani::train
