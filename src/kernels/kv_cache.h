// Keys and values of sequences, in blocks of 16 rows that hold all layers: memory grows with the
// rows in use, and many sequences share one stock of blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "kernels/device.h"

namespace kani::kernels {

struct KvShape {
  int64_t layers = 0;     ///< with attention
  int64_t kv_heads = 0;   // G
  int64_t head_size = 0;  // E
};

/// A stock of blocks of one shape: those that sequences gave back are handed out again before new
/// memory is taken. Thread-safe; outlives its caches, as its device outlives it.
class KvPool {
 public:
  static constexpr int64_t kBlockRows = 16;

  KvPool(Device& device, const KvShape& shape) : device_(device), shape_(shape) {}
  ~KvPool();
  KvPool(const KvPool&) = delete;
  KvPool& operator=(const KvPool&) = delete;

  Device& device() const { return device_; }
  const KvShape& shape() const { return shape_; }
  size_t block_bytes() const;
  /// Taken from the device so far, and of these in use.
  int64_t blocks() const;
  int64_t blocks_in_use() const;

 private:
  friend class KvCache;
  float* Take();
  void GiveBack(std::span<float* const> blocks);

  Device& device_;
  const KvShape shape_;
  mutable std::mutex mutex_;
  int64_t blocks_ = 0;
  std::vector<float*> free_;
};

/// The table of blocks of one sequence. What is inside a block is the device's affair
/// (Ops::StoreKv, Ops::Attention, Device::ReadKv).
class KvCache {
 public:
  explicit KvCache(KvPool& pool) : pool_(&pool) {}
  ~KvCache();
  KvCache(KvCache&& other) noexcept;
  KvCache& operator=(KvCache&& other) noexcept;

  KvPool& pool() const { return *pool_; }
  const KvShape& shape() const { return pool_->shape(); }
  /// Rows there is room for.
  int64_t capacity() const { return static_cast<int64_t>(blocks_.size()) * KvPool::kBlockRows; }
  /// Makes room for `rows` rows. Throws kResourceExhausted; the rows before stay as they are.
  void Reserve(int64_t rows);
  /// Makes it hold the rows of `other`, of the same shape.
  void CopyFrom(const KvCache& other);
  /// Block b holds rows [16 b, 16 b + 16) of all layers. For devices.
  std::span<float* const> blocks() const { return blocks_; }

 private:
  KvPool* pool_;
  std::vector<float*> blocks_;
};

/// How the devices that compute on the CPU fill a block: for each layer keys [G, E, 16], the row as
/// the fastest axis, so that scores of 16 rows are computed side by side, and values [16, G, E].
struct KvBlockLayout {
  explicit KvBlockLayout(const KvShape& shape)
      : kv_heads(shape.kv_heads),
        head_size(shape.head_size),
        floats(KvPool::kBlockRows * shape.kv_heads * shape.head_size) {}
  /// [E, 16] of one head.
  int64_t keys(int64_t layer, int64_t g) const {
    return 2 * layer * floats + g * head_size * KvPool::kBlockRows;
  }
  /// [16, E] of one head, rows `values_stride` apart.
  int64_t values(int64_t layer, int64_t g) const {
    return (2 * layer + 1) * floats + g * head_size;
  }
  int64_t values_stride() const { return kv_heads * head_size; }

  int64_t kv_heads, head_size;
  int64_t floats;  // of the keys, or values, of one layer
};

/// Device::ReadKv for that layout.
void ReadKvBlocks(const KvCache& cache, int64_t layer, int64_t rows, std::span<float> keys,
                  std::span<float> values);

}  // namespace kani::kernels
