#include <cstdint>

#include "tests/hostile/hostile_bytes.h"
#include "train/data/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kani::ParseHostile(std::as_bytes(std::span(data, size)), [](std::span<const std::byte> bytes) {
    kani::train::ParseManifest(kani::AsText(bytes), "fuzz");
  });
  return 0;
}
