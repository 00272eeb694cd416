// Attention on all threads. Keys lie in the layout of packed weights (lanes are keys) and values
// are read as weights whose outputs are the channels of a head, so both products are fp32 tiles. A
// sum over the rows of a cache goes on from block to block: its order is that of one block.
#pragma once

#include "base/thread_pool.h"
#include "kernels/cpu/kernel_table.h"
#include "kernels/cpu/memory.h"
#include "kernels/ops.h"

namespace kani::kernels {

/// Keeps memory for scores; one caller at a time.
class AttentionRunner {
 public:
  AttentionRunner(const KernelTable& table, ThreadPool& pool) : table_(table), pool_(pool) {}

  void Causal(const AttentionArgs& args);
  void Biased(const BiasedAttentionArgs& args);

 private:
  /// One row of the call and what it sees.
  struct Query {
    const KvCache* cache;
    const float* q;
    float* y;
    int64_t count;  // of the cache's rows
  };

  void CausalGroup(const AttentionArgs& args, const Query& query, int64_t kv_head, float* scratch);
  void Score(const AttentionArgs& args, const Query& query, int64_t kv_head, float* scores);
  void AddValues(const AttentionArgs& args, const Query& query, int64_t kv_head,
                 const float* weights, int64_t rows, float* sums);
  void PackHead(const BiasedAttentionArgs& args, int64_t head, float* keys, float* values);
  void BiasedRows(const BiasedAttentionArgs& args, int64_t head, int64_t begin, int64_t rows,
                  const float* keys, const float* values, float* scratch);
  float* Reserve(size_t floats);

  const KernelTable& table_;
  ThreadPool& pool_;
  Memory memory_;
  size_t memory_floats_ = 0;
};

}  // namespace kani::kernels
