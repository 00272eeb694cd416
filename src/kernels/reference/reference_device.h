// The oracle's memory and weights.
#pragma once

#include <memory>
#include <vector>

#include "kernels/device.h"
#include "kernels/ops.h"

namespace kani::kernels {

std::shared_ptr<Device> MakeReferenceDevice();
std::unique_ptr<Ops> MakeReferenceOps(std::shared_ptr<Device> device);

/// Values as the format would hold them; for int8 the integers and, per block, the scale.
class ReferenceWeights : public Weights {
 public:
  ReferenceWeights(int64_t outputs, int64_t taps, int64_t inputs, WeightFormat format,
                   const RowSource& source);

  size_t bytes() const override;
  const float* row(int64_t n) const { return values_.data() + n * row_size_; }
  const float* scales(int64_t n) const {
    const int64_t block = TraitsOf(format()).block;
    return scales_.data() + n * ((row_size_ + block - 1) / block);
  }

 private:
  int64_t row_size_;
  std::vector<float> values_;  // [N, taps, K]
  std::vector<float> scales_;  // [N, ceil(K / block)]
};

}  // namespace kani::kernels
