// Causal attention within each clip of a packed batch.
#pragma once

#include <ATen/core/Tensor.h>

#include "train/lm/packed_batch.h"

namespace kani::train {

/// [T, H, E]: every row sees the rows of its clip up to itself. Differentiable. On a GPU one call
/// of flash attention for all clips; in fp32 and on the processor, where it has no kernel, one call
/// a clip.
/// @param q [T, H, E]
/// @param k, v [T, G, E]; H is a multiple of G, whose heads are shared by H / G of q
at::Tensor PackedAttention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                           const PackedBatch& batch);

}  // namespace kani::train
