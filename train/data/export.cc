#include "train/data/export.h"

#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/error.h"

namespace kani::train {

nlohmann::ordered_json OriginalRow(const Utterance& clip, const CorpusFormat& format) {
  nlohmann::ordered_json row = {{"text", clip.text}};
  const auto codebooks = static_cast<size_t>(format.codebooks);
  for (size_t codebook = 0; codebook < codebooks; ++codebook) {
    auto& layer = row[StrCat("nano_layer_", codebook + 1)] = nlohmann::ordered_json::array();
    for (size_t i = codebook; i < clip.codes.size(); i += codebooks) layer.push_back(clip.codes[i]);
  }
  row["encoded_len"] = clip.encoded_len;
  if (!clip.embedding.empty()) row["speaker_emb"] = clip.embedding;
  row["id"] = clip.id;
  if (!clip.voice.empty()) row["speaker"] = clip.voice;
  if (!clip.language.empty()) row["language"] = clip.language;
  if (!clip.source.empty()) row["source"] = clip.source;
  if (clip.flags != 0) row["flags"] = clip.flags;
  return row;
}

void Export(const Corpus& corpus, const std::filesystem::path& jsonl,
            const std::function<bool()>& stop) {
  AtomicFile file(jsonl);
  for (int64_t i = 0; i < corpus.size(); ++i) {
    if (stop && stop()) Fail(ErrorCode::kCancelled, Quoted(jsonl.string()), ": stopped");
    file.Write(OriginalRow(corpus.Get(i), corpus.format()).dump() + "\n");
  }
  file.Commit();
}

}  // namespace kani::train
