// Weights in the order in which the kernels read them, "I16": outputs in groups of 16, inside a
// group the inputs outermost, each line of 64 bytes holding 4 bytes of each of its 16 outputs:
//   fp32  1 input, bf16  2 inputs (the even one in the low half), int8  4 inputs
// with fp16 scales [groups, blocks, 16] in a plane of their own. Lanes are outputs, so products
// need no sums across lanes and one layout serves every vector width. Inputs are padded with zeros
// to whole lines (int8: blocks of 32), outputs to whole groups.
#pragma once

#include "base/thread_pool.h"
#include "kernels/cpu/kernel_table.h"
#include "kernels/cpu/memory.h"
#include "kernels/device.h"

namespace kani::kernels {

/// Inputs that a line holds of each of its outputs, in 4 bytes.
inline int64_t InputsPerLine(WeightFormat format) { return 32 / TraitsOf(format).bits; }

class PackedWeights : public Weights {
 public:
  static constexpr int64_t kLineBytes = 64;

  /// Calls `source` from the threads of `pool`.
  PackedWeights(int64_t outputs, int64_t taps, int64_t inputs, WeightFormat format,
                const RowSource& source, ThreadPool& pool);

  size_t bytes() const override;
  int64_t groups() const { return groups_; }
  /// int8 only.
  int64_t blocks() const { return lines_per_tap_ * 4 / kBlock; }
  int64_t tap_bytes() const { return lines_per_tap_ * kLineBytes; }
  int64_t group_bytes() const { return taps() * tap_bytes(); }
  const uint8_t* lines(int64_t group) const { return lines_.get() + group * group_bytes(); }
  const uint16_t* scales(int64_t group) const {
    return reinterpret_cast<const uint16_t*>(scales_.get()) + group * blocks() * kGroup;
  }

 private:
  void PackGroup(int64_t group, const RowSource& source, float* row, uint32_t* words);

  int64_t groups_;
  int64_t lines_per_tap_;
  Memory lines_;
  Memory scales_;
};

}  // namespace kani::kernels
