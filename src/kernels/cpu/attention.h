// Attention on all threads. Keys lie in the layout of packed weights (lanes are keys) and values
// are read as weights whose outputs are the channels of a head, so both products are fp32 tiles.
#pragma once

#include <span>

#include "base/thread_pool.h"
#include "kernels/cpu/kernel_table.h"
#include "kernels/cpu/memory.h"
#include "kernels/ops.h"

namespace kani::kernels {

/// Keeps memory for scores; one caller at a time.
class AttentionRunner {
 public:
  AttentionRunner(const KernelTable& table, ThreadPool& pool) : table_(table), pool_(pool) {}

  struct CausalArgs {
    KvCache cache;
    int64_t first_row;
    const float* q;
    int64_t q_stride;
    float* y;
    int64_t y_stride;
    int64_t rows, heads, kv_heads, head_size;
    float scale;
  };
  void Causal(const CausalArgs& args);

  struct BiasedArgs {
    const float* q;
    const float* k;
    const float* v;
    int64_t qkv_stride;
    const float* gate;
    const float* bias;
    float* y;
    int64_t rows, heads, head_size;
    float scale;
  };
  void Biased(const BiasedArgs& args);

 private:
  void CausalGroup(const CausalArgs& args, int64_t t, int64_t kv_head, float* scratch);
  void PackHead(const BiasedArgs& args, int64_t head, float* keys, float* values);
  void BiasedRows(const BiasedArgs& args, int64_t head, int64_t begin, int64_t rows,
                  const float* keys, const float* values, float* scratch);
  float* Reserve(size_t floats);

  const KernelTable& table_;
  ThreadPool& pool_;
  Memory memory_;
  size_t memory_floats_ = 0;
};

}  // namespace kani::kernels
