// The three YAML files of the original's pretraining, accepted as they are. What a key means stands
// in its own documentation; a value here that is not said in a file is its classes' default.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kani::train {

/// One data set of ready codes and the names of its columns.
struct DatasetEntry {
  std::string reponame;
  std::optional<std::string> name;
  std::string split = "train";
  std::string text_col_name = "text";
  std::array<std::string, 4> nano_layers = {"nano_layer_1", "nano_layer_2", "nano_layer_3",
                                            "nano_layer_4"};
  std::string encoded_len = "encoded_len";
  std::optional<std::string> speaker_emb;
  std::optional<std::string> language_tag;
  std::optional<int64_t> max_len;  ///< rows to use, chosen at random
};

/// dataset_config.yaml
struct DatasetConfig {
  std::optional<double> max_duration_sec;
  bool length_statistics = false;  ///< the files spell it lenght_statistics; both are read
  std::vector<DatasetEntry> hf_datasets;
};

/// model_config.yaml
struct ModelConfig {
  std::string model_id = "LiquidAI/LFM2-350M";  ///< base or checkpoint
  int64_t text_vocab_size = 64400;
  int64_t total_vocab_size = 80538;
  int64_t audio_codebook_size = 4032;
  int64_t tokens_per_frame = 4;
  int64_t num_audio_layers = 4;
  int64_t audio_tokens_start = 64410;
  double audio_step = 1;
  int64_t pad_token_id = 64407;
  std::string attn_implementation = "flash_attention_2";
  std::string dtype = "bfloat16";  ///< or float16, float32
  bool first_train = true;         ///< add tokens and resize the embeddings
  bool use_learnable_rope = false;
  double alpha_min = 0.1, alpha_max = 2;
  int64_t speaker_emb_dim = 128;
  bool init_from_scratch = false;
};

struct WandbConfig {
  std::string project = "LFM2-nano-codec-custom-attention";
  std::string name = "train_flash_attention_v1";
  std::optional<std::string> entity;
};

struct MetricsConfig {
  bool enable_metrics = true;
  int64_t log_steps = 100;
  int64_t influence_steps = 1000;
  bool print_interpretation = true;
};

/// training_config.yaml
struct TrainingConfig {
  std::string output_dir = "./checkpoints";
  bool overwrite_output_dir = true;
  int64_t save_steps = 5000;
  int64_t save_total_limit = 10;
  int64_t num_train_epochs = 3;
  int64_t per_device_train_batch_size = 8;
  int64_t gradient_accumulation_steps = 4;
  double learning_rate = 9e-4;
  std::string lr_scheduler_type = "cosine";
  int64_t warmup_steps = 2000;
  double max_grad_norm = 3;
  std::string optim = "adamw_torch_fused";
  double alpha_lr_ratio = 0.01;
  bool bf16 = true, fp16 = false;
  int64_t logging_steps = 1;
  std::vector<std::string> report_to = {"wandb"};
  int64_t dataloader_num_workers = 0;
  bool remove_unused_columns = false;
  bool average_tokens_across_devices = false;
  std::string dataset_path = "./train_dataset";
  WandbConfig wandb;
  MetricsConfig metrics;
};

/// Throw kInvalidFile with file and line for what is not such a file: a value of another type or
/// out of range, a key that is unknown (naming the nearest known one) or stands twice.
/// kResourceExhausted for YAML beyond the limits of model::ParseYaml.
DatasetConfig ParseDatasetConfig(std::string_view yaml, const std::string& source);
ModelConfig ParseModelConfig(std::string_view yaml, const std::string& source);
TrainingConfig ParseTrainingConfig(std::string_view yaml, const std::string& source);

/// The same of a file. Throw kNotFound and kIo too.
DatasetConfig LoadDatasetConfig(const std::filesystem::path& path);
ModelConfig LoadModelConfig(const std::filesystem::path& path);
TrainingConfig LoadTrainingConfig(const std::filesystem::path& path);

}  // namespace kani::train
