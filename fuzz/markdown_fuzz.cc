#include <cstdint>

#include "tests/hostile/hostile_bytes.h"
#include "text/script.h"
#include "text/unicode.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kani::ParseHostile(std::as_bytes(std::span(data, size)), [](std::span<const std::byte> bytes) {
    const std::string tags[] = {"en", "es"};
    const kani::text::ScriptOptions options{
        .name_emoji = true, .short_addresses = true, .max_characters = 20};
    const auto script = kani::text::MakeScript(kani::AsText(bytes), tags, options);
    for (const kani::text::ScriptPiece& piece : script.pieces) {
      if (piece.text.empty() || !kani::text::IsUtf8(piece.text)) __builtin_trap();
    }
  });
  return 0;
}
