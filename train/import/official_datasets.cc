#include "train/import/official_datasets.h"

#include "base/error.h"
#include "train/config/official_config.h"

namespace kani::train {
namespace {

CodesOptions OptionsOf(const DatasetEntry& entry) {
  CodesOptions options;
  options.text = entry.text_col_name;
  options.layers.assign(entry.nano_layers.begin(), entry.nano_layers.end());
  options.encoded_len = entry.encoded_len;
  options.speaker_emb = entry.speaker_emb.value_or("");
  options.language = entry.language_tag.value_or("");
  options.source = entry.name ? StrCat(entry.reponame, "/", *entry.name) : entry.reponame;
  options.max_rows = entry.max_len;
  return options;
}

}  // namespace

std::vector<CodesImport> ImportsOf(const std::filesystem::path& dataset_config,
                                   const ShardJob& job) {
  const DatasetConfig config = LoadDatasetConfig(dataset_config);
  if (config.hf_datasets.empty()) {
    Fail(ErrorCode::kInvalidFile, Quoted(dataset_config.string()),
         ": key 'hf_datasets' lists no data set");
  }
  std::vector<CodesImport> imports;
  for (const DatasetEntry& entry : config.hf_datasets) {
    CodesImport each{.options = OptionsOf(entry), .job = job};
    each.jsonl = dataset_config.parent_path() / entry.reponame / entry.name.value_or("") /
                 (entry.split + ".jsonl");
    if (config.max_duration_sec) each.options.max_duration_s = *config.max_duration_sec;
    each.job.name += StrCat("-", imports.size() + 1);
    imports.push_back(std::move(each));
  }
  return imports;
}

}  // namespace kani::train
