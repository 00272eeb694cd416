// The same bytes as each kind of voice file: every parser soon refuses what is not its own.
#include <cstdint>

#include "tests/hostile/hostile_bytes.h"
#include "voices/voice.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  for (const char* extension : {".safetensors", ".json", ".npy", ".pt"}) {
    kani::ParseHostile(std::as_bytes(std::span(data, size)),
                       [extension](std::span<const std::byte> bytes) {
                         kani::voices::ParseVoice(bytes, extension, "name", 0, "fuzz");
                       });
  }
  return 0;
}
