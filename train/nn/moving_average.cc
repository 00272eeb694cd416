#include "train/nn/moving_average.h"

#include <ATen/ATen.h>

namespace kani::train {

void MovingAverage::BeforeUpdate(const at::Tensor& weights) {
  if (decay_ == 0) values = at::Tensor();
  if (decay_ > 0 && !values.defined()) values = weights.clone();
}

void MovingAverage::AfterUpdate(const at::Tensor& weights) {
  if (values.defined()) values.lerp_(weights, 1.0 - decay_);
}

AveragedWeights::AveragedWeights(const Parameters& parameters, const MovingAverage& average)
    : parameters_(parameters) {
  if (!average.values.defined()) return;
  values_ = parameters.values().clone();
  parameters_.values().copy_(average.values);
}

AveragedWeights::~AveragedWeights() {
  if (values_.defined()) parameters_.values().copy_(values_);
}

}  // namespace kani::train
