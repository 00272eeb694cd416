#include <cstdint>

#include "tests/hostile/server_parsers.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kani::ParseHostile(std::as_bytes(std::span(data, size)), &kani::ParseSocketCommandBytes);
  return 0;
}
