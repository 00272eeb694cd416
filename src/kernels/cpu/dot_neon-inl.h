// Four int8 products per lane with the multiplications that every aarch64 has.
#pragma once

#include <arm_neon.h>

#include "kernels/cpu/vec16-inl.h"

namespace kani::kernels::KANI_ISA {
namespace {

constexpr bool kDotBias = false;
using DotWeights = I16;

KANI_INLINE DotWeights PrepareDot(const I16& weights) { return weights; }
KANI_INLINE I16 Dot(const DotWeights& weights, const I16& inputs, const I16& sum) {
  return MapInt(KANI_PART {
    const int8x16_t w = vreinterpretq_s8_s32(weights.part[i].raw);
    const int8x16_t x = vreinterpretq_s8_s32(inputs.part[i].raw);
    // Two products fit int16 twice over; pairs of lanes join when they widen.
    const int32x4_t low = vpaddlq_s16(vmull_s8(vget_low_s8(w), vget_low_s8(x)));
    const int32x4_t high = vpaddlq_s16(vmull_s8(vget_high_s8(w), vget_high_s8(x)));
    return IntPart(vaddq_s32(sum.part[i].raw, vpaddq_s32(low, high)));
  });
}

}  // namespace
}  // namespace kani::kernels::KANI_ISA
