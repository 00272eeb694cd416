// Matrix products and convolutions on all threads.
#pragma once

#include "base/thread_pool.h"
#include "kernels/cpu/kernel_table.h"
#include "kernels/cpu/memory.h"
#include "kernels/ops.h"

namespace kani::kernels {

/// Ops::Convolve with PackedWeights. Keeps memory for quantised inputs; one caller at a time.
class Product {
 public:
  Product(const KernelTable& table, ThreadPool& pool) : table_(table), pool_(pool) {}
  void Convolve(const ConvolveArgs& args);

 private:
  /// int8 inputs [T, blocks * 32] with their scales and corrections [T, blocks].
  struct QuantisedInputs {
    int8_t* values;
    float* scales;
    int32_t* corrections;
  };
  /// Rows and groups of one thread or tile.
  struct Part {
    int64_t row, rows, group, groups;
  };

  QuantisedInputs Quantise(const ConvolveArgs& args);
  void ConvolvePart(const ConvolveArgs& args, const Part& part);
  void Finish(const ConvolveArgs& args, const float* sums, const Part& part, int64_t step);
  void Int8Part(const ConvolveArgs& args, const QuantisedInputs& inputs, const Part& part);

  const KernelTable& table_;
  ThreadPool& pool_;
  Memory quantised_;
  size_t quantised_bytes_ = 0;
};

}  // namespace kani::kernels
