// Moving average of a network's weights, which is evaluated and saved in their place.
#pragma once

#include <ATen/core/Tensor.h>

#include "train/nn/parameters.h"

namespace kani::train {

class MovingAverage {
 public:
  /// @param decay 0: none is kept
  explicit MovingAverage(double decay) : decay_(decay) {}

  /// To be told of every update that is applied: the first one begins it.
  void BeforeUpdate(const at::Tensor& weights);
  void AfterUpdate(const at::Tensor& weights);

  /// [N] fp32; undefined before the first update or without a decay.
  at::Tensor values;

 private:
  double decay_;
};

/// While it lives, the weights are their moving average, if there is one.
class AveragedWeights {
 public:
  AveragedWeights(const Parameters& parameters, const MovingAverage& average);
  ~AveragedWeights();
  AveragedWeights(const AveragedWeights&) = delete;
  AveragedWeights& operator=(const AveragedWeights&) = delete;

 private:
  const Parameters& parameters_;
  at::Tensor values_;  ///< to be put back; undefined if nothing was replaced
};

}  // namespace kani::train
