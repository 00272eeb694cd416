// Zeroed memory for weights and activations: aligned to cache lines, in huge pages where large
// (worth 4 to 12 % when weights stream), with slack behind the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace kani::kernels {

/// Kernels may load (never use) up to this many bytes behind what they were given.
inline constexpr size_t kSlackBytes = 64;

struct FreeMemory {
  void operator()(uint8_t* memory) const;
};
using Memory = std::unique_ptr<uint8_t[], FreeMemory>;

/// `bytes` zeroed bytes aligned to 64; pages are committed on first use. Throws kResourceExhausted.
Memory AllocateZeroed(size_t bytes);

}  // namespace kani::kernels
