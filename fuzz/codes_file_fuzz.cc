// The same bytes as each kind of file of codes.
#include <cstdint>

#include "apps/cli/codes_file.h"
#include "tests/hostile/hostile_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  for (const char* extension : {".safetensors", ".json"}) {
    kani::ParseHostile(std::as_bytes(std::span(data, size)),
                       [extension](std::span<const std::byte> bytes) {
                         kani::cli::ParseCodes(bytes, extension, 2, "fuzz");
                       });
  }
  return 0;
}
