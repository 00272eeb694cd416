#include "kernels/kv_cache.h"

#include <utility>

#include "base/error.h"

namespace kani::kernels {
namespace {

size_t BlockFloats(const KvShape& shape) {
  return static_cast<size_t>(shape.layers * 2 * KvBlockLayout(shape).floats);
}

}  // namespace

KvPool::~KvPool() {
  for (float* block : free_) device_.Free(block);
}

size_t KvPool::block_bytes() const { return BlockFloats(shape_) * sizeof(float); }

int64_t KvPool::blocks() const {
  const std::lock_guard lock(mutex_);
  return blocks_;
}

int64_t KvPool::blocks_in_use() const {
  const std::lock_guard lock(mutex_);
  return blocks_ - static_cast<int64_t>(free_.size());
}

float* KvPool::Take() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) {
    free_.reserve(static_cast<size_t>(blocks_ + 1));  // so that giving back cannot fail
    float* block = device_.Allocate(BlockFloats(shape_));
    ++blocks_;
    return block;
  }
  float* block = free_.back();
  free_.pop_back();
  return block;
}

void KvPool::GiveBack(std::span<float* const> blocks) {
  const std::lock_guard lock(mutex_);
  // The last first: the next sequence gets them in the order of their addresses.
  free_.insert(free_.end(), blocks.rbegin(), blocks.rend());
}

KvCache::~KvCache() {
  if (!blocks_.empty()) pool_->GiveBack(blocks_);
}

KvCache::KvCache(KvCache&& other) noexcept
    : pool_(other.pool_), blocks_(std::exchange(other.blocks_, {})) {}

KvCache& KvCache::operator=(KvCache&& other) noexcept {
  std::swap(pool_, other.pool_);
  std::swap(blocks_, other.blocks_);
  return *this;
}

void KvCache::Reserve(int64_t rows) {
  while (capacity() < rows) {
    blocks_.reserve(blocks_.size() + 1);
    blocks_.push_back(pool_->Take());
  }
}

void KvCache::CopyFrom(const KvCache& other) {
  Reserve(other.capacity());
  std::vector<float> block(BlockFloats(shape()));
  for (size_t b = 0; b < other.blocks_.size(); ++b) {
    pool_->device().Download(other.blocks_[b], block);
    pool_->device().Upload(block, blocks_[b]);
  }
}

void ReadKvBlocks(const KvCache& cache, int64_t layer, int64_t rows, std::span<float> keys,
                  std::span<float> values) {
  const KvBlockLayout layout(cache.shape());
  float* key = keys.data();
  float* value = values.data();
  for (int64_t g = 0; g < layout.kv_heads; ++g) {
    for (int64_t row = 0; row < rows; ++row) {
      const float* block = cache.blocks()[static_cast<size_t>(row / KvPool::kBlockRows)];
      const int64_t lane = row % KvPool::kBlockRows;
      for (int64_t e = 0; e < layout.head_size; ++e) {
        *key++ = block[layout.keys(layer, g) + e * KvPool::kBlockRows + lane];
        *value++ = block[layout.values(layer, g) + lane * layout.values_stride() + e];
      }
    }
  }
}

}  // namespace kani::kernels
