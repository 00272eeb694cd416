#include "apps/dev/models/random_tensors.h"

#include <cmath>
#include <utility>

#include "apps/terminal/interrupt.h"
#include "base/random.h"

namespace kani::cli {

void RandomTensors::Add(std::string name, Shape shape, double deviation, double mean) {
  ThrowIfInterrupted();
  const CounterRandom random(1, tensors_.size());
  const auto count = static_cast<size_t>(ElementCount(shape));
  const double width = deviation * std::sqrt(12.0);
  std::vector<std::byte> bytes(count * DTypeSize(dtype_));
  for (size_t i = 0; i < count; ++i) {
    const double unit = random.Bits(i) * 0x1p-32 - 0.5;
    const auto value = static_cast<float>(mean + width * unit);
    if (dtype_ == DType::kBF16) {
      reinterpret_cast<uint16_t*>(bytes.data())[i] = FloatToBf16(value);
    } else {
      reinterpret_cast<float*>(bytes.data())[i] = value;
    }
  }
  tensors_.push_back({std::move(name), dtype_, std::move(shape), std::move(bytes)});
}

void RandomTensors::AddLayer(const std::string& name, Shape shape, double gain) {
  double fan = 1;
  for (size_t i = 1; i < shape.size(); ++i) fan *= static_cast<double>(shape[i]);
  Add(name, std::move(shape), gain / std::sqrt(fan));
}

}  // namespace kani::cli
