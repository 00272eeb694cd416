// All weights of a model in one flat fp32 buffer, and their gradients in another: the optimizer,
// the gradient norm and the checkpoint each make one call. Names are upstream's tensor names.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/tensor.h"
#include "formats/safetensors.h"

namespace kani::train {

/// fp32 master weights. Every named tensor is a view of `values()` that requires a gradient, and
/// its gradient is a view of `gradients()`.
class Parameters {
 public:
  /// Zeros. The order of `specs` is the order in the flat buffers.
  explicit Parameters(std::vector<TensorSpec> specs, at::Device device = at::kCPU);

  const std::vector<TensorSpec>& specs() const { return specs_; }
  bool Has(std::string_view name) const { return views_.contains(name); }
  /// REQUIRES: Has(name).
  const at::Tensor& Get(std::string_view name) const;
  /// [N] fp32: all weights, all gradients.
  const at::Tensor& values() const { return values_; }
  const at::Tensor& gradients() const { return gradients_; }
  /// Elements before the first weight of `specs()[index]`.
  int64_t Offset(size_t index) const { return offsets_[index]; }

  /// Keeps a weight as it is from now on: it gets no gradient.
  void Freeze(size_t index);
  bool IsFrozen(size_t index) const;

  /// Copies every weight from `store`. Throws kInvalidFile for a missing, misshapen or unknown
  /// tensor.
  void Load(const formats::TensorStore& store);
  /// The weights by name, as a checkpoint stores them.
  std::vector<formats::NamedTensor> Tensors() const;

 private:
  std::vector<TensorSpec> specs_;
  std::vector<int64_t> offsets_;
  at::Tensor values_, gradients_;
  std::map<std::string, at::Tensor, std::less<>> views_;
};

/// Freezes every weight whose name holds one of `parts` as whole segments ("layers.1" is not in
/// "model.layers.10.ffn_norm.weight"). Returns the parts that no weight has.
std::vector<std::string> FreezeParts(Parameters& parameters, const std::vector<std::string>& parts);

}  // namespace kani::train
