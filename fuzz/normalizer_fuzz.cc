#include <cstdint>

#include "tests/hostile/hostile_bytes.h"
#include "text/normalizer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kani::ParseHostile(std::as_bytes(std::span(data, size)), [](std::span<const std::byte> bytes) {
    const std::string_view text = kani::AsText(bytes);
    kani::text::Normalize(text, "en");
    kani::text::Normalize(text, "es");
  });
  return 0;
}
