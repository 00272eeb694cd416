// A corpus as JSON lines, with the columns of the original's data sets.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>

#include "train/data/corpus.h"

namespace kani::train {

/// `text`, `nano_layer_1` to `nano_layer_Q`, `encoded_len` and, where there is one, `speaker_emb`,
/// as the original reads them; then what it does not know: `id`, `speaker`, `language`, `source`
/// and `flags`, unless unknown or 0.
nlohmann::ordered_json OriginalRow(const Utterance& clip, const CorpusFormat& format);

/// One row a line. Writes atomically. `stop` is asked at every row. Throws kIo, and kCancelled when
/// stopped.
void Export(const Corpus& corpus, const std::filesystem::path& jsonl,
            const std::function<bool()>& stop = {});

}  // namespace kani::train
