// What devices whose memory is the host's have in common.
#pragma once

#include <algorithm>
#include <span>

#include "kernels/device.h"
#include "kernels/kv_cache.h"

namespace kani::kernels {

class HostDevice : public Device {
 public:
  void Upload(std::span<const float> host, float* device) final {
    std::copy(host.begin(), host.end(), device);
  }
  void Download(const float* device, std::span<float> host) final {
    std::copy_n(device, host.size(), host.begin());
  }
  void ReadKv(const KvCache& cache, int64_t layer, int64_t rows, std::span<float> keys,
              std::span<float> values) final {
    ReadKvBlocks(cache, layer, rows, keys, values);
  }
};

}  // namespace kani::kernels
