// Elementary functions in double for host code, so that the last bit of a result does not depend on
// the C library: only +, -, *, / and exact steps, which IEEE 754 fixes (-ffp-contract=off keeps
// them apart). Vectors of fp32 have their own in kernels/cpu/math-inl.h. Tests and reports may use
// libm.
#pragma once

namespace kani {

/// e^x, relative error below 4e-16; 0 below -708, infinity above 709.
double Exp(double x);
/// Natural logarithm, relative error below 4e-16, of a finite normal x > 0.
double Log(double x);
/// For |x| up to 1e5; absolute error below 2e-16.
double Sin(double x);
double Cos(double x);
/// Relative error below 1e-15.
double Tanh(double x);
/// 1 / (1 + e^-x), relative error below 1e-15.
double Sigmoid(double x);

}  // namespace kani
