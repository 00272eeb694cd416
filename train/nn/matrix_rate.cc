#include "train/nn/matrix_rate.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>

namespace kani::train {

double MatrixFlopsPerSecond(at::ScalarType type, at::Device device) {
  using Clock = std::chrono::steady_clock;
  const int64_t side = device.is_cpu() ? 1024 : 8192;
  const at::Tensor a = at::full({side, side}, 0.01, at::TensorOptions(type).device(device));
  double best_s = 1e9;
  for (int i = 0; i < 4; ++i) {
    const Clock::time_point start = Clock::now();
    at::mm(a, a)[0][0].item<double>();  // reading an element waits for the device
    best_s = std::min(best_s, std::chrono::duration<double>(Clock::now() - start).count());
  }
  const auto n = static_cast<double>(side);
  return 2 * n * n * n / best_s;
}

}  // namespace kani::train
