// Four int8 products per lane with AVX2: |w| times x with the sign of w. Both sides are limited to
// +-127, so the sum of two products fits int16.
#pragma once

#include <immintrin.h>

#include "kernels/cpu/vec16-inl.h"

namespace kani::kernels::KANI_ISA {
namespace {

constexpr bool kDotBias = false;
struct DotWeights {
  I16 value;
  I16 magnitude;
};

KANI_INLINE DotWeights PrepareDot(const I16& weights) {
  return {weights, MapInt(KANI_PART { return IntPart{_mm256_abs_epi8(weights.part[i].raw)}; })};
}
KANI_INLINE I16 Dot(const DotWeights& weights, const I16& inputs, const I16& sum) {
  return MapInt(KANI_PART {
    const __m256i with_sign = _mm256_sign_epi8(inputs.part[i].raw, weights.value.part[i].raw);
    const __m256i pairs = _mm256_maddubs_epi16(weights.magnitude.part[i].raw, with_sign);
    const __m256i quads = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
    return IntPart{_mm256_add_epi32(sum.part[i].raw, quads)};
  });
}

}  // namespace
}  // namespace kani::kernels::KANI_ISA
