#include <cstdint>

#include "tests/hostile/hostile_bytes.h"
#include "text/sentences.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kani::ParseHostile(std::as_bytes(std::span(data, size)), [](std::span<const std::byte> bytes) {
    const std::string_view text = kani::AsText(bytes);
    for (const kani::text::TextChunk& chunk : kani::text::SplitText(text, "en", 20)) {
      if (chunk.text.empty() || chunk.text.size() > 4 * 20) __builtin_trap();
    }
  });
  return 0;
}
