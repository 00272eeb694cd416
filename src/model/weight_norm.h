// Weight normalisation, W = g * v / ||v||, folded once at load. Both key styles of PyTorch:
// `weight_g` / `weight_v`, and `parametrizations.weight.original0` / `original1`; a plain `weight`
// counts as already folded.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "formats/safetensors.h"

namespace kani::model {

/// What may follow a module's name: the folded weight, and its two parts in both styles.
inline constexpr std::array<std::string_view, 5> kNormalisedWeightSpellings{
    ".weight", ".weight_g", ".weight_v", ".parametrizations.weight.original0",
    ".parametrizations.weight.original1"};

/// Reads the weight of module `prefix` (no trailing dot) as fp32 in stored order.
/// @param shape expected shape of the folded weight.
/// @param axis the axis that keeps its own magnitude: the norm runs over all others. 0 for
///   convolutions (for a transposed one that is the *input* channel), 2 for WavLM's positional one.
/// Throws kInvalidFile for a missing or misshapen tensor, or a direction of length zero.
std::vector<float> ReadNormalisedWeight(const formats::TensorStore& store,
                                        const std::string& prefix, std::span<const int64_t> shape,
                                        int axis);

}  // namespace kani::model
