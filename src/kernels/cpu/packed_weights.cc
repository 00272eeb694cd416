#include "kernels/cpu/packed_weights.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <exception>
#include <limits>
#include <mutex>
#include <vector>

#include "base/dtype.h"

namespace kani::kernels {
namespace {

int64_t LinesPerTap(int64_t inputs, WeightFormat format) {
  const int64_t block = std::max(TraitsOf(format).block, InputsPerLine(format));
  return (inputs + block - 1) / block * (block / InputsPerLine(format));
}

/// Nearest integer, ties to even, for |value| < 2^22: adding 1.5 * 2^23 leaves no fraction bits.
float RoundToInteger(float value) { return (value + 12582912.0f) - 12582912.0f; }

/// One block to int8; returns its scale as fp16. What is not finite becomes zeros and scale NaN.
uint16_t QuantiseBlock(std::span<const float> block, int8_t* to) {
  float largest = 0;
  bool finite = true;
  for (float value : block) {
    finite = finite && std::isfinite(value);
    largest = std::max(largest, std::fabs(value));
  }
  const uint16_t scale =
      FloatToF16(finite ? largest / 127.0f : std::numeric_limits<float>::quiet_NaN());
  const float divisor = F16ToFloat(scale);
  if (!std::isfinite(divisor) || divisor == 0) return scale;  // `to` is zeroed
  for (size_t i = 0; i < block.size(); ++i) {
    to[i] = static_cast<int8_t>(std::clamp(RoundToInteger(block[i] / divisor), -127.0f, 127.0f));
  }
  return scale;
}

}  // namespace

PackedWeights::PackedWeights(int64_t outputs, int64_t taps, int64_t inputs, WeightFormat format,
                             const RowSource& source, ThreadPool& pool)
    : Weights(outputs, taps, inputs, format),
      groups_((outputs + kGroup - 1) / kGroup),
      lines_per_tap_(LinesPerTap(inputs, format)),
      lines_(AllocateZeroed(static_cast<size_t>(groups_ * group_bytes()))) {
  if (TraitsOf(format).scale_bytes > 0) {
    scales_ = AllocateZeroed(static_cast<size_t>(groups_ * blocks() * kGroup) * sizeof(uint16_t));
  }
  std::mutex mutex;
  std::exception_ptr failure;
  std::atomic<int64_t> next{0};
  pool.Run([&](int) {
    try {
      std::vector<float> row(static_cast<size_t>(taps * inputs));
      std::vector<uint32_t> words(static_cast<size_t>(taps * lines_per_tap_ * kGroup));
      for (int64_t group; (group = next.fetch_add(1)) < groups_;) {
        PackGroup(group, source, row.data(), words.data());
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      failure = std::current_exception();
      next.store(groups_);
    }
  });
  if (failure != nullptr) std::rethrow_exception(failure);
}

/// Writes the rows of a group as 32-bit words [16, lines] and turns them into lines.
void PackedWeights::PackGroup(int64_t group, const RowSource& source, float* row, uint32_t* words) {
  const int64_t lines = taps() * lines_per_tap_;
  std::memset(words, 0, static_cast<size_t>(lines * kGroup) * sizeof(uint32_t));
  const int64_t rows = std::min(kGroup, outputs() - group * kGroup);
  for (int64_t r = 0; r < rows; ++r) {
    source(group * kGroup + r, {row, static_cast<size_t>(taps() * inputs())});
    for (int64_t tap = 0; tap < taps(); ++tap) {
      const float* values = row + tap * inputs();
      uint32_t* to = words + r * lines + tap * lines_per_tap_;
      switch (format()) {
        case WeightFormat::kFp32:
          std::memcpy(to, values, static_cast<size_t>(inputs()) * sizeof(float));
          break;
        case WeightFormat::kBf16:
          for (int64_t k = 0; k < inputs(); ++k) {
            to[k / 2] |= static_cast<uint32_t>(FloatToBf16(values[k])) << (k % 2 * 16);
          }
          break;
        case WeightFormat::kInt8: {
          uint16_t* scales = reinterpret_cast<uint16_t*>(scales_.get()) + group * blocks() * kGroup;
          for (int64_t block = 0; block < blocks(); ++block) {
            const int64_t k = block * kBlock;
            const size_t count = static_cast<size_t>(std::min(kBlock, inputs() - k));
            scales[block * kGroup + r] =
                QuantiseBlock({values + k, count}, reinterpret_cast<int8_t*>(to) + k);
          }
          break;
        }
      }
    }
  }
  uint32_t* packed = reinterpret_cast<uint32_t*>(lines_.get() + group * group_bytes());
  for (int64_t line = 0; line < lines; ++line) {
    for (int64_t r = 0; r < kGroup; ++r) packed[line * kGroup + r] = words[r * lines + line];
  }
}

size_t PackedWeights::bytes() const {
  size_t total = static_cast<size_t>(groups_ * group_bytes());
  if (scales_ != nullptr) total += static_cast<size_t>(groups_ * blocks() * kGroup) * 2;
  return total;
}

}  // namespace kani::kernels
