// Reads tensors of a checkpoint into a device's memory, and remembers which names the model knows.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "formats/safetensors.h"
#include "kernels/ops.h"

namespace kani::speaker {

/// A LayerNorm's parameters.
struct Norm {
  kernels::Buffer weight, bias;  // [C]
};

class Loader {
 public:
  /// @param format of the layer matrices; everything else (4 % of WavLM-Large) stays fp32.
  Loader(kernels::Device& device, const formats::TensorStore& store, kernels::WeightFormat format)
      : device_(device), store_(store), format_(format) {}

  kernels::Device& device() const { return device_; }
  /// Bytes of all packed matrices and vectors so far.
  size_t bytes() const { return bytes_; }

  /// Throws kInvalidFile naming the tensor when it is missing or misshapen.
  const TensorView& Get(const std::string& name, const Shape& shape);
  /// Its numbers. Throws, as everything below, where one is not finite.
  std::vector<float> Floats(const std::string& name, const Shape& shape);
  kernels::Buffer Vector(const std::string& name, int64_t size);
  /// `prefix`.weight and `prefix`.bias.
  Norm LayerNorm(const std::string& prefix, int64_t size);
  /// Matrices [outputs, inputs] stacked on each other, in the format of the layer matrices.
  std::unique_ptr<const kernels::Weights> Stack(std::span<const std::string> names, int64_t outputs,
                                                int64_t inputs);
  std::unique_ptr<const kernels::Weights> Matrix(const std::string& name, int64_t outputs,
                                                 int64_t inputs) {
    return Stack(std::span(&name, 1), outputs, inputs);
  }
  /// Biases [size] one after the other.
  kernels::Buffer StackedVector(std::span<const std::string> names, int64_t size);
  /// A convolution stored as [outputs, inputs, taps].
  std::unique_ptr<const kernels::Weights> Convolution(const std::string& name, int64_t outputs,
                                                      int64_t inputs, int64_t taps);
  /// The weight-normalised grouped convolution of module `prefix`, [outputs, inputs / groups, taps]
  /// with the norm over both channel axes: one kernel for each group.
  std::vector<std::unique_ptr<const kernels::Weights>> NormalisedGroups(const std::string& prefix,
                                                                        int64_t channels,
                                                                        int64_t groups,
                                                                        int64_t taps);
  /// Values already in memory, as fp32.
  std::unique_ptr<const kernels::Weights> Pack(int64_t outputs, int64_t inputs,
                                               std::span<const float> values);
  /// Throws kInvalidFile listing tensors that were never asked for, but for those that training
  /// leaves behind.
  void RejectUnknown() const;

 private:
  std::unique_ptr<const kernels::Weights> Pack(int64_t outputs, int64_t taps, int64_t inputs,
                                               kernels::WeightFormat format,
                                               const kernels::RowSource& source);

  kernels::Device& device_;
  const formats::TensorStore& store_;
  kernels::WeightFormat format_;
  std::set<std::string, std::less<>> known_;
  size_t bytes_ = 0;
};

}  // namespace kani::speaker
