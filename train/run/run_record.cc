#include "train/run/run_record.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "formats/json.h"
#include "train/data/checksum.h"

namespace kani::train {

namespace {

constexpr int64_t kMaxCount = int64_t{1} << 40;

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

std::string RunRecord(const Place& place, const std::string& order_settings) {
  return nlohmann::json({{"epoch", place.epoch},
                         {"step_in_epoch", place.step_in_epoch},
                         {"order", nlohmann::json::parse(order_settings)}})
      .dump(1);
}

Continuation ParseRunRecord(std::string_view json, const std::string& order_settings,
                            const std::string& source) {
  const nlohmann::json record = formats::ParseJson(json, source);
  const formats::JsonReader reader(record, source);
  Continuation out;
  out.place.epoch = reader.Int("epoch", 0, kMaxCount);
  out.place.step_in_epoch = reader.Int("step_in_epoch", 0, kMaxCount);
  const nlohmann::json* before = reader.Find("order");
  if (before == nullptr || !before->is_object()) {
    Fail(ErrorCode::kInvalidFile, source, ": expected an object 'order'");
  }
  const nlohmann::json now = nlohmann::json::parse(order_settings);
  const auto value = [](const nlohmann::json& settings, const std::string& key) {
    return settings.contains(key) ? Quoted(settings[key].dump()) : std::string("none");
  };
  nlohmann::json keys = now;
  keys.update(*before);
  for (const auto& [key, unused] : keys.items()) {
    const std::string old_value = value(*before, key), new_value = value(now, key);
    if (old_value == new_value) continue;
    out.changed +=
        StrCat(out.changed.empty() ? "" : ", ", Quoted(key), " ", old_value, " -> ", new_value);
  }
  if (!out.changed.empty() && out.place.step_in_epoch > 0) out.place = {out.place.epoch + 1, 0};
  return out;
}

}  // namespace kani::train
