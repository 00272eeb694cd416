// The three YAML files of the original's pretraining, accepted as they are. A value here that is
// not said in a file is its classes' default; what a value does to a run here is its user's
// business.
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
  std::string reponame;             ///< OWNER/NAME
  std::optional<std::string> name;  ///< of a configuration of the data set
  std::string split = "train";
  std::string text_col_name = "text";
  std::array<std::string, 4> nano_layers = {"nano_layer_1", "nano_layer_2", "nano_layer_3",
                                            "nano_layer_4"};
  std::string encoded_len = "encoded_len";
  std::optional<std::string> speaker_emb;   ///< column; none: no voice vectors
  std::optional<std::string> language_tag;  ///< of all rows, put before their text
  std::optional<int64_t> max_len;           ///< rows to use, chosen at random
};

/// dataset_config.yaml
struct DatasetConfig {
  std::optional<double> max_duration_sec;  ///< longer rows are left out
  /// Write statistics of durations. The files spell it lenght_statistics; both are read.
  bool length_statistics = false;
  std::vector<DatasetEntry> hf_datasets;
};

/// model_config.yaml
struct ModelConfig {
  std::string model_id = "LiquidAI/LFM2-350M";  ///< base or checkpoint to begin with
  // Token ids: text, control tokens, then audio tokens of one codebook behind the other.
  int64_t text_vocab_size = 64400;
  int64_t total_vocab_size = 80538;
  int64_t audio_codebook_size = 4032;  ///< codes of one codebook
  int64_t tokens_per_frame = 4;        ///< codebooks
  int64_t num_audio_layers = 4;        ///< the same number again
  int64_t audio_tokens_start = 64410;  ///< id of the first audio token
  double audio_step = 1;               ///< positions a frame takes; 0.5: two frames share one
  int64_t pad_token_id = 64407;
  std::string attn_implementation = "flash_attention_2";  ///< or eager, sdpa
  std::string dtype = "bfloat16";                         ///< of all weights; or float16, float32
  bool first_train = true;                ///< add the tokens and resize the embeddings
  bool use_learnable_rope = false;        ///< a scale of positions learned by each layer
  double alpha_min = 0.1, alpha_max = 2;  ///< bounds of that scale
  int64_t speaker_emb_dim = 128;          ///< numbers of a voice vector
  bool init_from_scratch = false;         ///< random weights; model_id gives the sizes only
};

/// Weights & Biases.
struct WandbConfig {
  std::string project = "LFM2-nano-codec-custom-attention";
  std::string name = "train_flash_attention_v1";
  std::optional<std::string> entity;
};

/// The original's analysis of attention and influence during training.
struct MetricsConfig {
  bool enable_metrics = true;
  int64_t log_steps = 100;         ///< updates between two
  int64_t influence_steps = 1000;  ///< the same of the costly ones
  bool print_interpretation = true;
};

/// training_config.yaml. A step is an update of the weights.
struct TrainingConfig {
  std::string output_dir = "./checkpoints";
  bool overwrite_output_dir = true;
  int64_t save_steps = 5000;                ///< steps between checkpoints
  int64_t save_total_limit = 10;            ///< newest checkpoints kept
  int64_t num_train_epochs = 3;             ///< the schedule ends with the last
  int64_t per_device_train_batch_size = 8;  ///< clips of one forward pass, padded to the longest
  int64_t gradient_accumulation_steps = 4;  ///< forward passes of one step on one device
  double learning_rate = 9e-4;              ///< highest, at the end of the warm-up
  std::string lr_scheduler_type = "cosine";
  int64_t warmup_steps = 2000;
  double max_grad_norm = 3;                 ///< of all parameters together
  std::string optim = "adamw_torch_fused";  ///< or adamw_torch
  double alpha_lr_ratio = 0.01;             ///< rate of the scales of positions / learning_rate
  bool bf16 = true, fp16 = false;           ///< types of the matrix products
  int64_t logging_steps = 1;
  std::vector<std::string> report_to = {"wandb"};
  int64_t dataloader_num_workers = 0;
  bool remove_unused_columns = false;
  /// Whether the loss is the mean over the targets of all devices instead of the mean of theirs.
  bool average_tokens_across_devices = false;
  std::string dataset_path = "./train_dataset";  ///< folder of the prepared data set
  WandbConfig wandb;
  MetricsConfig metrics;
};

/// Throw kInvalidFile with file and line for what is not such a file: a value of another type or
/// out of range, a key that is unknown (naming the nearest known one) or stands twice.
/// kResourceExhausted for YAML beyond the limits of formats::ParseYaml.
DatasetConfig ParseDatasetConfig(std::string_view yaml, const std::string& source);
ModelConfig ParseModelConfig(std::string_view yaml, const std::string& source);
TrainingConfig ParseTrainingConfig(std::string_view yaml, const std::string& source);

/// The same of a file. Throw kNotFound and kIo too.
DatasetConfig LoadDatasetConfig(const std::filesystem::path& path);
ModelConfig LoadModelConfig(const std::filesystem::path& path);
TrainingConfig LoadTrainingConfig(const std::filesystem::path& path);

}  // namespace kani::train
