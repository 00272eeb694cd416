// exp, sine, cosine and erf of 16 lanes. Polynomials are our own least-maximum fits (error of the
// fit below 4e-9 everywhere, so rounding dominates); NaN stays NaN. libm is not used, because its
// last bit differs between versions.
#pragma once

#include "kernels/cpu/vec16-inl.h"

namespace kani::kernels::KANI_ISA {
namespace {

/// exp(x); 0 below -104, infinity above 88.73.
KANI_INLINE F16 Exp(const F16& x) {
  const F16 bounded = Max(Min(x, Set(130.0f)), Set(-130.0f));
  const F16 n = Round(bounded * Set(1.442695041f));
  F16 r = NegFma(n, Set(6.931471825e-1f), bounded);  // ln 2 in two pieces
  r = NegFma(n, Set(-1.904654212e-9f), r);
  F16 p = Fma(Set(1.395048923e-3f), r, Set(8.368889801e-3f));
  p = Fma(p, r, Set(4.166620597e-2f));
  p = Fma(p, r, Set(1.666651815e-1f));
  p = Fma(p, r, Set(0.5f));
  p = Fma(p, r * r, r) + Set(1.0f);
  // 2^n as a product of two powers, so that overflow and underflow happen in a multiplication.
  const I16 whole = ToInt(n);
  const I16 half = ShiftRight<1>(whole);
  const F16 first = FromBits(ShiftLeft<23>(half + SetInt(127)));
  const F16 second = FromBits(ShiftLeft<23>(whole - half + SetInt(127)));
  return KeepNan(x, p * first * second);
}

/// Sine and cosine for |x| up to 1e5 (absolute error below 1.2e-7 there).
KANI_INLINE void SinCos(const F16& x, F16& sine, F16& cosine) {
  const F16 n = Round(x * Set(6.366197724e-1f));  // quarter turns
  F16 r = NegFma(n, Set(1.570796371e+0f), x);     // pi / 2 in three pieces
  r = NegFma(n, Set(-4.371138829e-8f), r);
  r = NegFma(n, Set(-1.715124510e-15f), r);
  const F16 square = r * r;
  F16 s = Fma(Set(-1.951665472e-4f), square, Set(8.332173340e-3f));
  s = Fma(s, square, Set(-1.666665524e-1f));
  s = Fma(s, square * r, r);
  F16 c = Fma(Set(2.443772792e-5f), square, Set(-1.388736186e-3f));
  c = Fma(c, square, Set(4.166664556e-2f));
  c = Fma(c, square * square, NegFma(Set(0.5f), square, Set(1.0f)));
  const I16 quarter = ToInt(n);
  // Odd quarters swap the two; bit 1 of n (of n + 1 for the cosine) turns the sign.
  const F16 odd = ToFloat(quarter & SetInt(1));
  const F16 half = Set(0.5f);
  const I16 sine_sign = ShiftLeft<30>(quarter & SetInt(2));
  const I16 cosine_sign = ShiftLeft<30>((quarter + SetInt(1)) & SetInt(2));
  sine = FromBits(Bits(IfGreater(odd, half, c, s)) ^ sine_sign);
  cosine = FromBits(Bits(IfGreater(odd, half, s, c)) ^ cosine_sign);
}

/// sin(a * x)^2. The square has period pi, so no quadrants; a * x is exact (product and rest).
KANI_INLINE F16 SineSquared(const F16& a, const F16& x) {
  const F16 angle = a * x;
  const F16 rest = FmaSub(a, x, angle);
  const F16 n = Round(angle * Set(3.183098862e-1f));
  F16 r = NegFma(n, Set(3.141592741e+0f), angle);  // pi in two pieces
  r = NegFma(n, Set(-8.742277657e-8f), r) + rest;
  const F16 square = r * r;
  F16 s = Fma(Set(-2.390735965e-8f), square, Set(2.752651881e-6f));
  s = Fma(s, square, Set(-1.984089176e-4f));
  s = Fma(s, square, Set(8.333330974e-3f));
  s = Fma(s, square, Set(-1.666666716e-1f));
  s = Fma(s, square * r, r);
  return s * s;
}

/// erf(x), absolute error below 1.5e-7.
KANI_INLINE F16 Erf(const F16& x) {
  const F16 magnitude = Min(Abs(x), Set(4.0f));  // erf(4) rounds to 1
  const F16 square = magnitude * magnitude;
  F16 near = Fma(Set(7.853857824e-5f), square, Set(-8.010192541e-4f));
  near = Fma(near, square, Set(5.188327748e-3f));
  near = Fma(near, square, Set(-2.685381100e-2f));
  near = Fma(near, square, Set(1.128358543e-1f));
  near = Fma(near, square, Set(-3.761262596e-1f));
  near = Fma(near, square, Set(1.283791661e-1f));
  near = Fma(near, magnitude, magnitude);
  // From 1 on: 1 - exp(log erfc), the logarithm as a polynomial.
  F16 log = Fma(Set(-2.168685023e-5f), magnitude, Set(4.413363640e-4f));
  log = Fma(log, magnitude, Set(-4.204561934e-3f));
  log = Fma(log, magnitude, Set(2.520825714e-2f));
  log = Fma(log, magnitude, Set(-1.084185764e-1f));
  log = Fma(log, magnitude, Set(-6.332198977e-1f));
  log = Fma(log, magnitude, Set(-1.129578471e+0f));
  log = Fma(log, magnitude, Set(1.880402269e-4f));
  const F16 far = Set(1.0f) - Exp(log);
  return KeepNan(x, CopySign(IfGreater(magnitude, Set(1.0f), far, near), x));
}

}  // namespace
}  // namespace kani::kernels::KANI_ISA
