// AdamW over flat buffers, a group of parameters at a time.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace kani::train {

/// Elements [begin, end) of the flat buffer, with rules of their own.
struct ParameterGroup {
  int64_t begin = 0, end = 0;
  double rate_ratio = 1.0;  ///< of the schedule's rate
  double weight_decay = 0.0;
};

/// Scales `gradients` so that their norm is at most `limit`; returns the norm before.
double ClipNorm(const at::Tensor& gradients, double limit);

class AdamW {
 public:
  struct Settings {
    double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  };

  /// @param values [N] fp32 master weights, changed by Step
  /// @param gradients [N] fp32
  AdamW(at::Tensor values, at::Tensor gradients, std::vector<ParameterGroup> groups,
        Settings settings);

  /// One update at learning rate `rate`.
  void Step(double rate);

  /// Moving averages of the gradients and of their squares, [N] fp32 each, and updates made: the
  /// optimizer's whole state.
  at::Tensor first_moments, second_moments;
  int64_t steps = 0;

 private:
  at::Tensor values_, gradients_;
  std::vector<ParameterGroup> groups_;
  Settings settings_;
};

}  // namespace kani::train
