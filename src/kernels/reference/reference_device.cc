#include "kernels/reference/reference_device.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/dtype.h"
#include "base/error.h"
#include "kernels/host_device.h"

namespace kani::kernels {
namespace {

/// Replaces a block by its integers; returns the scale as fp16 stores it.
float QuantiseWeights(std::span<float> block) {
  float largest = 0;
  for (float value : block) largest = std::max(largest, std::fabs(value));
  const float scale = F16ToFloat(FloatToF16(largest / 127.0f));
  for (float& value : block) {
    value = scale == 0 ? 0 : std::clamp(std::nearbyint(value / scale), -127.0f, 127.0f);
  }
  return scale;
}

class ReferenceDevice : public HostDevice {
 public:
  std::string_view name() const override { return "reference"; }
  std::unique_ptr<Ops> NewOps(int) override { return MakeReferenceOps(shared_from_this()); }

  float* Allocate(size_t count) override {
    void* memory = count > SIZE_MAX / 8 ? nullptr : std::calloc(count + 16, sizeof(float));
    if (memory == nullptr) {
      Fail(ErrorCode::kResourceExhausted, "cannot allocate ", count, " floats");
    }
    return static_cast<float*>(memory);
  }
  void Free(float* memory) override { std::free(memory); }

 protected:
  std::unique_ptr<const Weights> DoPack(int64_t outputs, int64_t taps, int64_t inputs,
                                        WeightFormat format, const RowSource& source) override {
    return std::make_unique<ReferenceWeights>(outputs, taps, inputs, format, source);
  }
};

}  // namespace

ReferenceWeights::ReferenceWeights(int64_t outputs, int64_t taps, int64_t inputs,
                                   WeightFormat format, const RowSource& source)
    : Weights(outputs, taps, inputs, format),
      row_size_(taps * inputs),
      values_(static_cast<size_t>(outputs * row_size_)) {
  const int64_t block = TraitsOf(format).block;
  for (int64_t n = 0; n < outputs; ++n) {
    const std::span<float> row(values_.data() + n * row_size_, static_cast<size_t>(row_size_));
    source(n, row);
    switch (format) {
      case WeightFormat::kFp32:
        break;
      case WeightFormat::kBf16:
        for (float& value : row) value = Bf16ToFloat(FloatToBf16(value));
        break;
      case WeightFormat::kInt8:
        for (int64_t k = 0; k < row_size_; k += block) {
          scales_.push_back(QuantiseWeights(row.subspan(
              static_cast<size_t>(k), static_cast<size_t>(std::min(block, row_size_ - k)))));
        }
        break;
    }
  }
}

size_t ReferenceWeights::bytes() const {
  const WeightTraits& traits = TraitsOf(format());
  return values_.size() * static_cast<size_t>(traits.bits) / 8 +
         scales_.size() * static_cast<size_t>(traits.scale_bytes);
}

std::shared_ptr<Device> MakeReferenceDevice() { return std::make_shared<ReferenceDevice>(); }

}  // namespace kani::kernels
