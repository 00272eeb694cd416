// Output head and cross-entropy in one, a few hundred rows at a time: the logits of all rows, the
// largest tensor of a training step by far, never exist.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace kani::train {

/// Sum over the rows of -log softmax(hidden head^T)[target].
/// @param hidden [T, D] in the compute type
/// @param head [V, D] in the compute type
/// @param targets [T] int64; rows with kNoTarget are left out
/// @param chunk_rows rows whose logits are held at once, > 0
/// @return fp32 scalar. Gradients flow to `hidden` and `head`, which get theirs while the loss is
/// computed; the softmax runs in fp32.
at::Tensor ChunkedCrossEntropy(const at::Tensor& hidden, const at::Tensor& head,
                               const at::Tensor& targets, int64_t chunk_rows = 512);

}  // namespace kani::train
