// A LayerNorm's parameters on the device.
#pragma once

#include "kernels/device.h"
#include "model/speaker_tensors.h"
#include "weights/weight_reader.h"

namespace kani::speaker {

struct Norm {
  Norm() = default;
  Norm(weights::WeightReader& reader, const model::WeightAndBias& tensors)
      : weight(reader.Vector(tensors.weight)), bias(reader.Vector(tensors.bias)) {}

  kernels::Buffer weight, bias;  // [C]
};

}  // namespace kani::speaker
