#include <cstdint>

#include "tests/hostile/hostile_bytes.h"
#include "train/data/import_report.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kani::ParseHostile(std::as_bytes(std::span(data, size)), [](std::span<const std::byte> bytes) {
    kani::train::ParseReport(kani::AsText(bytes), "fuzz");
  });
  return 0;
}
