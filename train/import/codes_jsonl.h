// Data sets whose codes are ready, as JSON lines with the columns of the original's data sets.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "train/data/shard_job.h"
#include "train/data/utterance.h"

namespace kani::train {

/// NanoCodec at 22.05 kHz and 12.5 frames a second, with voice vectors of 128 numbers.
CorpusFormat OfficialFormat();

struct CodesOptions {
  CorpusFormat format = OfficialFormat();
  std::string text = "text";
  std::vector<std::string> layers = {"nano_layer_1", "nano_layer_2", "nano_layer_3",
                                     "nano_layer_4"};  ///< [Q]
  std::string encoded_len = "encoded_len";
  std::string speaker_emb = "speaker_emb";  ///< "": none is read
  std::string language;                     ///< of rows that do not say theirs
  std::string source;                       ///< the same; ImportCodes takes the file's stem for ""

  // What ImportCodes does not store.
  double max_duration_s = std::numeric_limits<double>::infinity();
  /// The original's way: durations by the `encoded_len` that the row claims instead of by the
  /// frames that are there.
  bool trust_encoded_len = false;
  /// Of the rows that could be stored so many are, chosen at random and on every call alike.
  std::optional<int64_t> max_rows;
};

/// Shows every row in order. `encoded_len` is kept as the row claims it (frames where it is
/// absent). Beside the named columns it takes those that Export writes: `id`, `speaker`,
/// `language`, `source`, `flags`; others are left out, as the original does. A row may lack codes
/// or text: what that means is the visitor's business.
/// Throws kInvalidFile with file and line: a column that is missing (naming the nearest), codes out
/// of range or of unequal length, a voice vector of another size.
using RowVisitor = std::function<void(Utterance row)>;
void ForEachCodesRow(std::string_view jsonl, const std::string& source, const CodesOptions& options,
                     const RowVisitor& visit);

/// Makes one shard of a .jsonl file, or finds it made. Rows that have no text or codes or are too
/// long are dropped; those beyond `max_rows` are not in the report. `stop` is asked at every row.
/// Throws kResourceExhausted when the rows of a shard are too many: cut it in more; kCancelled when
/// stopped.
ImportReport ImportCodes(const std::filesystem::path& jsonl, const CodesOptions& options,
                         const ShardJob& job, const std::function<bool()>& stop = {});

}  // namespace kani::train
