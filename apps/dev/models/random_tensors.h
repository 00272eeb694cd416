// Random weights for models that are only measured.
#pragma once

#include <string>
#include <vector>

#include "formats/safetensors.h"

namespace kani::cli {

/// Random tensors, each from a stream of its own: the same ones on every run. Adding one throws
/// kCancelled once the user has asked to stop.
class RandomTensors {
 public:
  /// @param dtype kF32 or kBF16.
  explicit RandomTensors(DType dtype) : dtype_(dtype) {}

  /// Uniform with the given deviation, which is cheaper than normal and as good for timing.
  void Add(std::string name, Shape shape, double deviation, double mean = 0.0);
  /// A matrix or convolution [out, in, ...] that keeps the size of what passes through it.
  void AddLayer(const std::string& name, Shape shape, double gain = 1.0);

  const std::vector<formats::NamedTensor>& tensors() const { return tensors_; }

 private:
  DType dtype_;
  std::vector<formats::NamedTensor> tensors_;
};

}  // namespace kani::cli
