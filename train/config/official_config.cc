#include "train/config/official_config.h"

#include "base/atomic_file.h"
#include "base/error.h"
#include "formats/yaml.h"
#include "formats/yaml_section.h"

namespace kani::train {
namespace {

constexpr size_t kMaxBytes = 1 << 20;
constexpr int64_t kMany = int64_t{1} << 40;
constexpr int64_t kMaxVocabulary = 1 << 24;

DatasetEntry ReadEntry(formats::YamlSection& section) {
  DatasetEntry entry;
  section.Require("reponame");
  section.Read("reponame", entry.reponame);
  section.Read("name", entry.name);
  section.Read("split", entry.split);
  section.Read("text_col_name", entry.text_col_name);
  for (size_t i = 0; i < entry.nano_layers.size(); ++i) {
    section.Read(StrCat("nano_layer_", i + 1), entry.nano_layers[i]);
  }
  section.Read("encoded_len", entry.encoded_len);
  section.Read("speaker_emb", entry.speaker_emb);
  section.Read("language_tag", entry.language_tag);
  section.Read("max_len", entry.max_len, 1, kMany);
  section.RejectUnknown();
  return entry;
}

std::string ReadYamlFile(const std::filesystem::path& path) {
  return ReadTextFile(path, kMaxBytes);
}

}  // namespace

DatasetConfig ParseDatasetConfig(std::string_view yaml, const std::string& source) {
  formats::YamlSection section(formats::ParseYaml(yaml, source), source);
  DatasetConfig config;
  section.Read("max_duration_sec", config.max_duration_sec, 0.01, 1e6);
  section.Read("length_statistics", config.length_statistics);
  section.Read("lenght_statistics", config.length_statistics);
  for (formats::YamlSection& entry : section.Children("hf_datasets")) {
    config.hf_datasets.push_back(ReadEntry(entry));
  }
  section.RejectUnknown();
  return config;
}

ModelConfig ParseModelConfig(std::string_view yaml, const std::string& source) {
  formats::YamlSection section(formats::ParseYaml(yaml, source), source);
  ModelConfig config;
  section.Read("model_id", config.model_id);
  section.Read("text_vocab_size", config.text_vocab_size, 1, kMaxVocabulary);
  section.Read("total_vocab_size", config.total_vocab_size, 1, kMaxVocabulary);
  section.Read("audio_codebook_size", config.audio_codebook_size, 2, 1 << 16);
  section.Read("tokens_per_frame", config.tokens_per_frame, 1, 64);
  section.Read("num_audio_layers", config.num_audio_layers, 1, 64);
  section.Read("audio_tokens_start", config.audio_tokens_start, 0, kMaxVocabulary);
  section.Read("audio_step", config.audio_step, 1e-3, 1e3);
  section.Read("pad_token_id", config.pad_token_id, 0, kMaxVocabulary);
  section.ReadChoice("attn_implementation", config.attn_implementation,
                     {"flash_attention_2", "eager", "sdpa"});
  section.ReadChoice("dtype", config.dtype, {"bfloat16", "float16", "float32"});
  section.Read("first_train", config.first_train);
  section.Read("use_learnable_rope", config.use_learnable_rope);
  section.Read("alpha_min", config.alpha_min, 1e-6, 1e6);
  section.Read("alpha_max", config.alpha_max, 1e-6, 1e6);
  section.Read("speaker_emb_dim", config.speaker_emb_dim, 1, 4096);
  section.Read("init_from_scratch", config.init_from_scratch);
  section.RejectUnknown();
  return config;
}

TrainingConfig ParseTrainingConfig(std::string_view yaml, const std::string& source) {
  formats::YamlSection section(formats::ParseYaml(yaml, source), source);
  TrainingConfig config;
  section.Read("output_dir", config.output_dir);
  section.Read("overwrite_output_dir", config.overwrite_output_dir);
  section.Read("save_steps", config.save_steps, 1, kMany);
  section.Read("save_total_limit", config.save_total_limit, 1, kMany);
  section.Read("num_train_epochs", config.num_train_epochs, 1, kMany);
  section.Read("per_device_train_batch_size", config.per_device_train_batch_size, 1, 1 << 20);
  section.Read("gradient_accumulation_steps", config.gradient_accumulation_steps, 1, 1 << 20);
  section.Read("learning_rate", config.learning_rate, 0, 1e3);
  section.ReadChoice("lr_scheduler_type", config.lr_scheduler_type, {"cosine"});
  section.Read("warmup_steps", config.warmup_steps, 0, kMany);
  section.Read("max_grad_norm", config.max_grad_norm, 0, 1e9);
  section.ReadChoice("optim", config.optim, {"adamw_torch_fused", "adamw_torch"});
  section.Read("alpha_lr_ratio", config.alpha_lr_ratio, 0, 1e6);
  section.Read("bf16", config.bf16);
  section.Read("fp16", config.fp16);
  section.Read("logging_steps", config.logging_steps, 1, kMany);
  section.Read("report_to", config.report_to);
  section.Read("dataloader_num_workers", config.dataloader_num_workers, 0, 1 << 16);
  section.Read("remove_unused_columns", config.remove_unused_columns);
  section.Read("average_tokens_across_devices", config.average_tokens_across_devices);
  section.Read("dataset_path", config.dataset_path);
  if (std::optional<formats::YamlSection> wandb = section.Child("wandb")) {
    wandb->Read("project", config.wandb.project);
    wandb->Read("name", config.wandb.name);
    wandb->Read("entity", config.wandb.entity);
    wandb->RejectUnknown();
  }
  if (std::optional<formats::YamlSection> metrics = section.Child("metrics")) {
    metrics->Read("enable_metrics", config.metrics.enable_metrics);
    metrics->Read("log_steps", config.metrics.log_steps, 1, kMany);
    metrics->Read("influence_steps", config.metrics.influence_steps, 1, kMany);
    metrics->Read("print_interpretation", config.metrics.print_interpretation);
    metrics->RejectUnknown();
  }
  section.RejectUnknown();
  return config;
}

DatasetConfig LoadDatasetConfig(const std::filesystem::path& path) {
  return ParseDatasetConfig(ReadYamlFile(path), Quoted(path.string()));
}

ModelConfig LoadModelConfig(const std::filesystem::path& path) {
  return ParseModelConfig(ReadYamlFile(path), Quoted(path.string()));
}

TrainingConfig LoadTrainingConfig(const std::filesystem::path& path) {
  return ParseTrainingConfig(ReadYamlFile(path), Quoted(path.string()));
}

}  // namespace kani::train
