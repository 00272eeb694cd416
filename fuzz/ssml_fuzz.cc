#include <cstdint>

#include "tests/hostile/hostile_bytes.h"
#include "text/script.h"
#include "text/unicode.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kani::ParseHostile(std::as_bytes(std::span(data, size)), [](std::span<const std::byte> bytes) {
    const std::string tags[] = {"en", "es"};
    const kani::text::ScriptOptions options{.markup = kani::text::Markup::kSsml};
    const auto script = kani::text::MakeScript(kani::AsText(bytes), tags, options);
    for (const kani::text::ScriptPiece& piece : script.pieces) {
      const bool is_good = !piece.text.empty() && kani::text::IsUtf8(piece.text) &&
                           piece.gain >= 0 && piece.pause_after_ms >= 0;
      if (!is_good) __builtin_trap();
    }
  });
  return 0;
}
