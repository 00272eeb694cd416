#include <cstdint>

#include "model/speaker_config.h"
#include "tests/hostile/hostile_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kani::ParseHostile(std::as_bytes(std::span(data, size)), [](std::span<const std::byte> bytes) {
    kani::model::ParseSpeakerConfig(kani::AsText(bytes), "fuzz");
  });
  return 0;
}
