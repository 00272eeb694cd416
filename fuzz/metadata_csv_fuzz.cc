#include <cstdint>

#include "tests/hostile/hostile_bytes.h"
#include "train/import/import.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kani::ParseHostile(std::as_bytes(std::span(data, size)), [](std::span<const std::byte> bytes) {
    kani::train::ParseMetadataCsv(kani::AsText(bytes), "folder", "fuzz", {});
  });
  return 0;
}
