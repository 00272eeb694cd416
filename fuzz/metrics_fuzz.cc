// What is accepted is drawn as well.
#include <cstdint>

#include "tests/hostile/hostile_bytes.h"
#include "train/observe/curves.h"
#include "train/observe/metrics_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kani::ParseHostile(std::as_bytes(std::span(data, size)), [](std::span<const std::byte> bytes) {
    kani::train::CurvesSvg({{"run", kani::train::ParseMetrics(kani::AsText(bytes), "fuzz")}});
  });
  return 0;
}
