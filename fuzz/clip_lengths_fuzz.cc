#include <cstdint>

#include "tests/hostile/hostile_bytes.h"
#include "train/data/clip_lengths.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kani::ParseHostile(std::as_bytes(std::span(data, size)), [](std::span<const std::byte> bytes) {
    kani::train::ParseClipLengths(bytes, "version 1, corpus 1c291ca3 of 12 clips", 12, "fuzz");
  });
  return 0;
}
