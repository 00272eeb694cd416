// Passes over spectra that LibTorch would make in many steps; see elementwise.h.
#pragma once

#include <cstdint>

namespace kani::train {

/// magnitude = sqrt(re^2 + im^2 + 1e-5). @param spectrum pairs
void Magnitude(const float* spectrum, float* magnitude, int64_t count);
/// y = ln(x + guard).
void LogOf(const float* x, float guard, float* y, int64_t count);
/// The sum of |ln(x + guard) - target|; `dx` is its gradient times `scale`.
double LogDistance(const float* x, const float* target, float guard, float scale, float* dx,
                   int64_t count);
/// spectrum = the gradient of a spectrum, from that of its magnitudes. In place.
void MagnitudeBackward(const float* magnitude, const float* dmagnitude, float* spectrum,
                       int64_t count);

}  // namespace kani::train
