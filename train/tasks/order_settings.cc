#include "train/tasks/order_settings.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "train/data/checksum.h"

namespace kani::train {

namespace {

/// The shards by their checksums, and the clips of those that are read.
std::string CorpusText(const Corpus& corpus) {
  std::string shards;
  for (const ShardEntry& entry : corpus.manifest().shards) shards += entry.file + entry.crc32;
  return StrCat(corpus.size(), " clips, ", Crc32Text(shards));
}

}  // namespace

std::string OrderSettings(const Corpus& corpus, const TrainingSetOptions& options) {
  nlohmann::json settings = {{"corpus", CorpusText(corpus)},
                             {"seed", options.seed},
                             {"pack_tokens", options.budget_tokens},
                             {"packs_per_step", options.packs_per_step},
                             {"held_out", options.selection.held_out},
                             {"trust_encoded_len", options.selection.trust_encoded_len},
                             {"drop_repeated_frames", options.sequence.drop_repeated_frames},
                             {"source_weights", options.source_weights}};
  if (std::isfinite(options.selection.max_duration_s)) {
    settings["max_duration"] = options.selection.max_duration_s;
  }
  return settings.dump();
}

}  // namespace kani::train
