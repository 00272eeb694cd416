#include <cstdint>

#include "tests/hostile/hostile_bytes.h"
#include "train/tables/sound_tables.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kani::ParseHostile(std::as_bytes(std::span(data, size)), [](std::span<const std::byte> bytes) {
    kani::train::RecordingList list;
    kani::train::ReadSoundTable(bytes, "folder/fuzz.parquet", {}, list, [](auto) {});
  });
  return 0;
}
