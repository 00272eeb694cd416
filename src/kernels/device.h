// Where numbers live: memory of a device and weights packed for it. A device is shared by all its
// callers; what a caller computes with, threads or a queue and scratch, is an Ops (ops.h).
//
// Pointers are device memory: host code reaches it only through Upload and Download. They are plain
// addresses, with which callers may reckon (x + row * stride): what CPUs and CUDA have, and Vulkan
// with buffer device addresses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "base/tensor.h"
#include "kernels/weight_format.h"

namespace kani::kernels {

class KvCache;
class Ops;

/// A matrix or convolution kernel [N, taps, K] in the layout of the device that packed it.
/// Immutable; safe to read from many threads.
class Weights {
 public:
  virtual ~Weights() = default;
  int64_t outputs() const { return outputs_; }
  int64_t taps() const { return taps_; }
  int64_t inputs() const { return inputs_; }
  WeightFormat format() const { return format_; }
  /// Bytes that one use of the whole matrix reads.
  virtual size_t bytes() const = 0;

 protected:
  Weights(int64_t outputs, int64_t taps, int64_t inputs, WeightFormat format)
      : outputs_(outputs), taps_(taps), inputs_(inputs), format_(format) {}

 private:
  int64_t outputs_, taps_, inputs_;
  WeightFormat format_;
};

/// Fills `row` (taps * K values, tap-major) of output `n`. Called from several threads at once.
using RowSource = std::function<void(int64_t n, std::span<float> row)>;

/// Thread-safe. Outlives everything that was made on it; each Ops keeps it alive.
class Device : public std::enable_shared_from_this<Device> {
 public:
  virtual ~Device() = default;
  /// "reference", "avx2", "avx512", "neon".
  virtual std::string_view name() const = 0;
  /// The operations of one caller. @param threads 0 = one per available core.
  virtual std::unique_ptr<Ops> NewOps(int threads) = 0;

  /// Zeroed memory of `count` floats, aligned to 64 bytes. Throws kResourceExhausted.
  virtual float* Allocate(size_t count) = 0;
  virtual void Free(float* memory) = 0;
  /// These two are done when they return; memory that an operation under way uses is not theirs.
  virtual void Upload(std::span<const float> host, float* device) = 0;
  virtual void Download(const float* device, std::span<float> host) = 0;
  /// Rows [0, rows) of one layer of a cache as upstream's axes have them: [G, rows, E].
  virtual void ReadKv(const KvCache& cache, int64_t layer, int64_t rows, std::span<float> keys,
                      std::span<float> values) = 0;

  /// Packs [outputs, taps, inputs] for Convolve and MatMul, on as many threads as are worth it.
  /// Throws kUnsupported for several taps in a format without convolutions, and what `source` does.
  std::unique_ptr<const Weights> Pack(int64_t outputs, int64_t taps, int64_t inputs,
                                      WeightFormat format, const RowSource& source);

 protected:
  virtual std::unique_ptr<const Weights> DoPack(int64_t outputs, int64_t taps, int64_t inputs,
                                                WeightFormat format, const RowSource& source) = 0;
};

/// `name`: "auto" (cpu, or reference where the CPU has no vector kernels), "cpu", "reference" (the
/// scalar oracle), or an instruction set of AvailableIsas(). Throws kInvalidArgument.
std::shared_ptr<Device> MakeDevice(std::string_view name);
/// Names of this machine's vector kernels, best first.
std::span<const std::string_view> AvailableIsas();

/// Owns a piece of device memory.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Device& device, size_t count)
      : device_(&device), data_(device.Allocate(count)), count_(count) {}
  /// Uploads `host`.
  Buffer(Device& device, std::span<const float> host) : Buffer(device, host.size()) {
    device.Upload(host, data_);
  }
  ~Buffer() { Reset(); }
  Buffer(Buffer&& other) noexcept { *this = std::move(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
    return *this;
  }

  float* data() { return data_; }
  const float* data() const { return data_; }
  size_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  /// Makes room for `count` floats; what was in the buffer is lost when it has to grow.
  float* Reserve(Device& device, size_t count) {
    if (count > count_) *this = Buffer(device, count);
    return data_;
  }
  void Reset() {
    if (data_ != nullptr) device_->Free(data_);
    data_ = nullptr;
    count_ = 0;
  }

 private:
  Device* device_ = nullptr;
  float* data_ = nullptr;
  size_t count_ = 0;
};

}  // namespace kani::kernels
