#include <cstdint>

#include "tests/hostile/hostile_bytes.h"
#include "voices/voice.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kani::ParseHostile(std::as_bytes(std::span(data, size)), [](std::span<const std::byte> bytes) {
    kani::voices::ParseVoiceCollection(kani::AsText(bytes), 0, "fuzz");
  });
  return 0;
}
