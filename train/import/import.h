// Lists of recordings with transcripts, as people have them. Reads no audio.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "train/import/recording_list.h"

namespace kani::train {

/// What a list does not say of its recordings, and how it is read.
struct ImportDefaults {
  std::string speaker, language;
  std::string source;  ///< "": the name of the list's folder
  /// What the columns of a table hold, by the names that headers have; empty: by evidence.
  std::vector<std::string> columns;
  /// Rows of JSON lines whose `dnsmos` is lower are left out.
  double min_dnsmos = 0;
};

/// Lines with | between their fields, LJSpeech's `id|text` and `id|text|normalised`, and those of
/// its relatives: with a header, with speakers, tabs, or commas where a header names them
/// (train/import/table_dialect.h). The normalised text is taken where there is one. An empty text
/// makes a recording without transcript. Names are looked for as SoundFinder does.
/// Throws kInvalidFile with file and line, UnclearColumnsError.
RecordingList ParseMetadataCsv(std::string_view csv, const std::filesystem::path& folder,
                               const std::string& source, const ImportDefaults& defaults);

/// One JSON object a line: `audio` (relative to the list's folder), `text`, `speaker`, `language`,
/// `start` and `end` in seconds inside a long recording, `id`, `source`; only `audio` is required.
/// The names of NeMo (`audio_filepath`, `offset`, `duration`), Hugging Face (`file_name`,
/// `transcription`) and Emilia (`wav`, `dnsmos`) are taken too, and `audio` as `datasets` writes it
/// (an object with `path`). Another key is an error, which
/// names the nearest. Throws kInvalidFile with file and line.
RecordingList ParseJsonl(std::string_view jsonl, const std::filesystem::path& folder,
                         const std::string& source, const ImportDefaults& defaults);
/// The same for a part of a list, added to `list`. @param first_line number of its first line
void ReadJsonl(std::string_view jsonl, const std::filesystem::path& folder,
               const std::string& source, const ImportDefaults& defaults, int64_t first_line,
               RecordingList& list);

/// Any of them: a file (JSON lines begin with a brace), or a folder with metadata.csv,
/// metadata.jsonl or metadata.tsv. Throws kNotFound, also when none of the recordings of a table is
/// there, kIo, and as above.
RecordingList ImportRecordings(const std::filesystem::path& path, const ImportDefaults& defaults);

/// What of a list is suspicious, for people: one line a kind, with counts. The same recording
/// twice, an id with two texts, texts in another script than their language's.
std::vector<std::string> FindOddities(const RecordingList& list);

}  // namespace kani::train
