#include <cstdint>

#include "hostile/hostile_bytes.h"
#include "model/voice.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kani::ParseHostile(std::as_bytes(std::span(data, size)), [](std::span<const std::byte> bytes) {
    kani::model::ParseVoiceCollection(kani::AsText(bytes), 0, "fuzz");
  });
  return 0;
}
