#include <cstdint>

#include "apps/models/known_models.h"
#include "tests/hostile/hostile_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kani::ParseHostile(std::as_bytes(std::span(data, size)), [](std::span<const std::byte> bytes) {
    const kani::models::KnownModels known =
        kani::models::ParseKnownModels(kani::AsText(bytes), "fuzz", "/home/me");
    for (const auto& [name, model] : known.models) known.Find(name);
    known.CodecFor(4, 4032);
    known.SpeakerEncoderFor(128);
  });
  return 0;
}
