// Recordings of any format and rate to a SoundSet.
#pragma once

#include <filesystem>
#include <functional>

#include "base/log.h"
#include "train/import/recording_list.h"
#include "train/sound/sound_set.h"

namespace kani::train {

/// What a list of recordings says (train/import/import.h), or, for a folder without a list, every
/// sound file in it and in the folders below, by name; the folder that holds a file is then its
/// speaker. Throws kNotFound for a folder without sounds, and what reading a list throws.
RecordingList ListSounds(const std::filesystem::path& path);

/// @param threads 0: one per core
/// @param warn of recordings that are left out: unreadable, empty
/// Throws kNotFound if none is left.
SoundSet ReadSounds(const RecordingList& list, int sample_rate_hz, int threads,
                    const WarningSink& warn);

}  // namespace kani::train
