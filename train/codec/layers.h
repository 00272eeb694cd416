// What the codec's networks are made of, on LibTorch. Feature maps are [B, L, C]: the processor's
// convolutions are fastest with the channels last. On the processor, activations and upsampling are
// single passes (elementwise.h), in fp32 or bf16; elsewhere LibTorch's operators.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace kani::train {

/// Half-snake behind `left` rows of zeros, which a causal convolution reads: [B, left + L, C].
/// @param alpha [1, C / 2, 1] fp32
at::Tensor PaddedHalfSnake(const at::Tensor& x, const at::Tensor& alpha, int64_t left);

/// Leaky ReLU (0.01), its first and last rows repeated on either side: [B, left + L + right, C].
at::Tensor PaddedLeakyRelu(const at::Tensor& x, int64_t left, int64_t right);

/// The causal transposed convolution of the decoder: [B, L, C] to [B, L * rate, C / 2].
/// @param weight [C, 1, 2 * rate] fp32. @param bias [C / 2] fp32
at::Tensor GroupedUpsample(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

/// Without padding. @param weight [outputs, C, taps], of any floating type. @param bias [outputs]
at::Tensor Convolve(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                    int64_t stride = 1, int64_t dilation = 1);

/// The same by LibTorch's operators alone, on any device.
namespace plain {
at::Tensor PaddedHalfSnake(const at::Tensor& x, const at::Tensor& alpha, int64_t left);
at::Tensor PaddedLeakyRelu(const at::Tensor& x, int64_t left, int64_t right);
at::Tensor GroupedUpsample(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);
}  // namespace plain

}  // namespace kani::train
