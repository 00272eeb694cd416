// Lists of recordings with transcripts, as people have them. Reads no audio.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "train/import/recording.h"

namespace kani::train {

/// What a list does not say of its recordings.
struct ImportDefaults {
  std::string speaker, language;
  std::string source;  ///< "": the name of the list's folder
};

/// LJSpeech's way: lines `id|text` or `id|text|normalised`, sound in wavs/ID.wav (or another usual
/// extension where no .wav is there). The normalised text is taken where there is one. An empty
/// text makes a recording without transcript.
/// Throws kNotFound, kIo, or kInvalidFile with file and line.
std::vector<Recording> ImportMetadataCsv(const std::filesystem::path& folder,
                                         const ImportDefaults& defaults);
std::vector<Recording> ParseMetadataCsv(std::string_view csv, const std::filesystem::path& folder,
                                        const std::string& source, const ImportDefaults& defaults);

/// One JSON object a line: `audio` (relative to the list's folder), `text`, `speaker`, `language`,
/// `start` and `end` in seconds inside a long recording, `id`, `source`; only `audio` is required.
/// A key that is none of these is an error that names the nearest. Throws as ImportMetadataCsv.
std::vector<Recording> ImportJsonl(const std::filesystem::path& path,
                                   const ImportDefaults& defaults);
std::vector<Recording> ParseJsonl(std::string_view jsonl, const std::filesystem::path& folder,
                                  const std::string& source, const ImportDefaults& defaults);

/// Either: a folder with metadata.csv or a .jsonl file. Throws kUnsupported for another file.
std::vector<Recording> ImportRecordings(const std::filesystem::path& path,
                                        const ImportDefaults& defaults);

}  // namespace kani::train
