#include <cstddef>
#include <cstdint>
#include <span>

#include "audio/mp4_length.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kani::audio::ReadMp4Length(std::as_bytes(std::span(data, size)));
  return 0;
}
