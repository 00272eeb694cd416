// From the tensors of a checkpoint to weights packed on a device: the one way for every network.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/tensor.h"
#include "formats/safetensors.h"
#include "kernels/device.h"

namespace kani::weights {

/// Reads tensors as the tables of src/model describe them, checks them, packs them, and remembers
/// which it was asked for. Every method throws kInvalidFile naming the tensor where one is missing,
/// misshapen or not finite; a negative dimension of a spec matches any size. Pages of the store
/// that were packed are given back. Serves one caller; device and store outlive it.
class WeightReader {
 public:
  WeightReader(kernels::Device& device, const formats::TensorStore& store)
      : device_(device), store_(store) {}

  kernels::Device& device() const { return device_; }
  /// Bytes of all that was packed or uploaded so far.
  size_t bytes() const { return bytes_; }

  /// The stored tensor; its numbers are not looked at.
  const TensorView& Get(const TensorSpec& spec);
  /// The same; null where the checkpoint has none of this name.
  const TensorView* Find(const TensorSpec& spec);

  /// Its numbers, on the host.
  std::vector<float> Floats(const TensorSpec& spec);
  /// A scalar, which some writers store as [1].
  float Scalar(const TensorSpec& spec);
  /// Its numbers, on the device.
  kernels::Buffer Vector(const TensorSpec& spec);
  kernels::Buffer Upload(std::span<const float> values);
  /// Vectors one after the other.
  kernels::Buffer Vectors(std::span<const TensorSpec> specs);

  /// Matrices [N, K] of equal width, stacked on each other.
  /// @param format none: bf16 where every part is stored as bf16, else fp32, so that no bit is
  ///   lost. (fp16 has three more bits of mantissa than bf16, and no official checkpoint is fp16:
  ///   it is worth no kernels of its own.)
  std::unique_ptr<const kernels::Weights> Stack(std::span<const TensorSpec> parts,
                                                std::optional<kernels::WeightFormat> format);
  std::unique_ptr<const kernels::Weights> Matrix(const TensorSpec& spec,
                                                 std::optional<kernels::WeightFormat> format) {
    return Stack(std::span(&spec, 1), format);
  }
  /// Rows [begin, begin + count) of one matrix.
  std::unique_ptr<const kernels::Weights> Rows(const TensorSpec& spec, int64_t begin, int64_t count,
                                               std::optional<kernels::WeightFormat> format);
  /// A matrix or convolution kernel that is in memory, [outputs, inputs, taps] as PyTorch stores
  /// it, as fp32.
  std::unique_ptr<const kernels::Weights> Pack(std::span<const float> values, int64_t outputs,
                                               int64_t inputs, int64_t taps = 1);
  /// The weight of a module, weight normalisation folded (model/weight_norm.h), in stored order.
  /// @param axis the one that keeps its own magnitude.
  std::vector<float> Normalised(std::string_view module, const Shape& shape, int axis);

  /// Throws kInvalidFile where integers differ from `expected`; an absent tensor is fine.
  void CheckIntegers(const TensorSpec& spec, const std::vector<int64_t>& expected);
  /// Throws kInvalidFile listing the tensors that were never asked for and `ignored` does not
  /// accept.
  void RejectUnknown(const std::function<bool(std::string_view)>& ignored = {}) const;

 private:
  std::unique_ptr<const kernels::Weights> Counted(std::unique_ptr<const kernels::Weights> packed);

  kernels::Device& device_;
  const formats::TensorStore& store_;
  std::set<std::string, std::less<>> known_;
  size_t bytes_ = 0;
};

}  // namespace kani::weights
