// Checksums are skipped: with them hardly any damage would reach what lies behind.
#include <cstdint>

#include "tests/hostile/hostile_bytes.h"
#include "train/data/shard.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kani::ParseHostile(std::as_bytes(std::span(data, size)), [](std::span<const std::byte> bytes) {
    const kani::train::Shard shard(bytes, "fuzz", kani::train::Checksums::kSkip);
    for (int64_t i = 0; i < shard.size(); ++i) shard.Get(i);
  });
  return 0;
}
