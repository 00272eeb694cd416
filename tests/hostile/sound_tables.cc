// The rows of parsers that need Arrow.
#include "train/tables/sound_tables.h"

#include "tests/hostile/parsers.h"

namespace kani {

std::vector<HostileRow> SoundTableRows() {
  return {{"SoundTable",
           [](std::span<const std::byte> bytes) {
             train::RecordingList list;
             train::ReadSoundTable(bytes, "folder/hostile.parquet", {}, list, [](auto) {});
           },
           {"fuzz/seeds/sound_table/*"},
           0.3}};
}

}  // namespace kani
