#include "train/config/official_config.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/nearest.h"

namespace kani::train {
namespace {

template <typename Parse>
std::string ErrorOf(Parse parse, std::string_view yaml) {
  try {
    parse(yaml, "config.yaml");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(OfficialConfigTest, ReadsADatasetConfigWithTheOriginalsSpelling) {
  const DatasetConfig config = ParseDatasetConfig(R"(max_duration_sec: 40
lenght_statistics: true
hf_datasets:
  - reponame: somebody/speech
    name: null
    split: train
    text_col_name: text
    nano_layer_1: nano_layer_1
    nano_layer_2: nano_layer_2
    nano_layer_3: nano_layer_3
    nano_layer_4: fourth
    encoded_len: encoded_len
    speaker_emb: grouped_sp_emb
    language_tag: en_US
  - reponame: somebody/more
    max_len: 5000
)",
                                                  "dataset_config.yaml");
  EXPECT_EQ(config.max_duration_sec, 40);
  EXPECT_TRUE(config.length_statistics);
  ASSERT_EQ(config.hf_datasets.size(), 2u);
  EXPECT_EQ(config.hf_datasets[0].name, std::nullopt);
  EXPECT_EQ(config.hf_datasets[0].nano_layers[3], "fourth");
  EXPECT_EQ(config.hf_datasets[0].speaker_emb, "grouped_sp_emb");
  EXPECT_EQ(config.hf_datasets[0].language_tag, "en_US");
  EXPECT_EQ(config.hf_datasets[1].reponame, "somebody/more");
  EXPECT_EQ(config.hf_datasets[1].speaker_emb, std::nullopt);
  EXPECT_EQ(config.hf_datasets[1].max_len, 5000);
  EXPECT_TRUE(ParseDatasetConfig("length_statistics: yes", "").length_statistics);
  EXPECT_EQ(ParseDatasetConfig("max_duration_sec:", "").max_duration_sec, std::nullopt);
}

TEST(OfficialConfigTest, ReadsAModelConfigAndKeepsTheClassDefaults) {
  const ModelConfig config = ParseModelConfig(R"(model_id: LiquidAI/LFM2-350M
audio_step: 1
use_learnable_rope: true
alpha_max: 2.5
dtype: float32
init_from_scratch: true
)",
                                              "model_config.yaml");
  EXPECT_TRUE(config.use_learnable_rope);
  EXPECT_EQ(config.audio_step, 1);
  EXPECT_EQ(config.alpha_max, 2.5);
  EXPECT_EQ(config.dtype, "float32");
  EXPECT_TRUE(config.init_from_scratch);
  EXPECT_EQ(config.speaker_emb_dim, 128);
  EXPECT_FALSE(ParseModelConfig("first_train: false", "").use_learnable_rope);
}

TEST(OfficialConfigTest, ReadsATrainingConfigAndKeepsTheClassDefaults) {
  const TrainingConfig config = ParseTrainingConfig(R"(num_train_epochs: 5
per_device_train_batch_size: 6
learning_rate: 9e-4
alpha_lr_ratio: 1.5  # much
report_to: [wandb, tensorboard]
wandb:
  project: my-tts-project
  entity: null
metrics:
  enable_metrics: false
  influence_steps: 500
)",
                                                    "training_config.yaml");
  EXPECT_EQ(config.num_train_epochs, 5);
  EXPECT_EQ(config.per_device_train_batch_size, 6);
  EXPECT_EQ(config.learning_rate, 9e-4);
  EXPECT_EQ(config.alpha_lr_ratio, 1.5);
  EXPECT_EQ(config.report_to, (std::vector<std::string>{"wandb", "tensorboard"}));
  EXPECT_EQ(config.wandb.project, "my-tts-project");
  EXPECT_EQ(config.wandb.entity, std::nullopt);
  EXPECT_FALSE(config.metrics.enable_metrics);
  EXPECT_EQ(config.metrics.influence_steps, 500);
  EXPECT_EQ(config.save_total_limit, 10);
  EXPECT_EQ(config.gradient_accumulation_steps, 4);
  EXPECT_EQ(ParseTrainingConfig("report_to: none", "").report_to, std::vector<std::string>{"none"});
}

TEST(OfficialConfigTest, NamesTheNearestKeyOfAnUnknownOne) {
  EXPECT_EQ(ErrorOf(ParseTrainingConfig, "optim: adamw_torch\nlearning_rat: 1\n"),
            "config.yaml:2: unknown key 'learning_rat'; the nearest known is 'learning_rate'");
  EXPECT_EQ(ErrorOf(ParseTrainingConfig, "metrics:\n  log_step: 1\n"),
            "config.yaml:2: metrics: unknown key 'log_step'; the nearest known is 'log_steps'");
  EXPECT_EQ(ErrorOf(ParseDatasetConfig, "hf_datasets:\n  - reponame: a\n    nano_layer_5: b\n"),
            "config.yaml:3: hf_datasets 1: unknown key 'nano_layer_5'; the nearest known is "
            "'nano_layer_1'");
}

TEST(OfficialConfigTest, NamesFileAndLineOfAWrongValue) {
  EXPECT_EQ(ErrorOf(ParseModelConfig, "dtype: float32\naudio_step: wide\n"),
            "config.yaml:2: key 'audio_step': expected a number in [0.001, 1000], found 'wide'");
  EXPECT_EQ(ErrorOf(ParseModelConfig, "alpha_min: .nan\n"),
            "config.yaml:1: key 'alpha_min': expected a number in [1e-06, 1e+06], found '.nan'");
  EXPECT_EQ(ErrorOf(ParseModelConfig, "dtype: int8\n"),
            "config.yaml:1: key 'dtype': expected one of bfloat16 float16 float32, found 'int8'");
  EXPECT_EQ(ErrorOf(ParseModelConfig, "first_train: [true]\n"),
            "config.yaml:1: key 'first_train': expected true or false, found a list");
  EXPECT_EQ(ErrorOf(ParseTrainingConfig, "save_steps: 0\n"),
            "config.yaml:1: key 'save_steps': expected an integer in [1, 1099511627776], found "
            "'0'");
  EXPECT_EQ(ErrorOf(ParseModelConfig, "dtype: float32\ndtype: float16\n"),
            "config.yaml:2: key 'dtype' stands there twice");
  EXPECT_EQ(ErrorOf(ParseDatasetConfig, "hf_datasets:\n  - split: train\n"),
            "config.yaml:2: hf_datasets 1: key 'reponame' is missing");
  EXPECT_EQ(ErrorOf(ParseDatasetConfig, "- a\n"),
            "config.yaml:1: expected a mapping, found a list");
  EXPECT_NE(ErrorOf(ParseDatasetConfig, "hf_datasets: [").find("not valid YAML"),
            std::string::npos);
  EXPECT_EQ(ErrorOf(ParseDatasetConfig, ""), "config.yaml: expected a mapping, found nothing");
  for (const char* number : {"1e300", "-1", "99999999999999999999", "0x10000000000000000", "1.5"}) {
    EXPECT_NE(ErrorOf(ParseTrainingConfig, StrCat("save_steps: ", number))
                  .find("key 'save_steps': expected an integer in [1, 1099511627776]"),
              std::string::npos)
        << number;
  }
  EXPECT_NE(ErrorOf(ParseTrainingConfig, "learning_rate: 1e999").find("expected a number in"),
            std::string::npos);
  EXPECT_NE(ErrorOf(ParseModelConfig, "model_id: \"\xFF\"").find("not UTF-8"), std::string::npos);
}

}  // namespace
}  // namespace kani::train
