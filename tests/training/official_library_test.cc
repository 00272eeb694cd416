// What training writes, loaded by the official classes: every weight, the same prompts, the same
// logits as the trainer's and the engine's. official_logits.py says what Python must have.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"
#include "formats/safetensors.h"
#include "lm/language_model.h"
#include "tests/training/logits.h"
#include "tests/training/official_python.h"
#include "train/data/corpus.h"
#include "train/data/testing.h"
#include "train/data/training_sequence.h"
#include "train/encode/encode.h"
#include "train/import/import.h"
#include "train/lm/testing.h"
#include "train/tasks/language_model_run.h"
#include "train/tokenizer/testing.h"
#include "train/tokenizer/tokenizer_writer.h"

namespace kani::train {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kTraining = KANI_TEST_DATA "/training";

void WriteText(const fs::path& path, const std::string& text) {
  WriteFileAtomically(path, std::as_bytes(std::span(text)));
}

/// Six recordings of all voices and both languages, as a corpus.
void MakeCorpus(const fs::path& folder) {
  fs::create_directories(folder);
  const RecordingList all = ImportRecordings(kTraining / "corpus" / "metadata.jsonl", {});
  std::vector<ListedRecording> some;
  for (size_t i = 0; i < all.size(); i += 3) some.push_back(all[i]);
  EncodeOptions options;
  options.models = {KANI_MODELS "/mini/codec.nemo", KANI_MODELS "/mini/speaker"};
  Encode(some, options, {.folder = folder});
  WriteManifest(folder);
}

/// A tokenizer that was just learned, a configuration with two frames a position, and weights that
/// leave nothing at rest, so that each of them shows in the logits.
void MakeModel(const fs::path& folder) {
  fs::create_directories(folder);
  WriteTokenizer(folder, TrainOn(TaggedSentences(), {.vocab_size = 512}));
  json config = json::parse(ReadTextFile(kTraining / "tiny" / "config.json", 1 << 20));
  config["audio_step"] = 0.5;
  WriteText(folder / "config.json", config.dump());
  LanguageModel model(model::LoadLmConfig(folder / "config.json"));
  DrawWeights(model, 3);
  formats::WriteSafetensors(folder / "model.safetensors", model.parameters().Tensors());
}

/// The checkpoint after a few updates of all weights.
fs::path Train(const fs::path& folder) {
  LanguageModelRunOptions options;
  options.model = folder / "model";
  options.corpus = folder / "corpus";
  options.folder = folder / "run";
  options.steps = 20;
  options.trainer.schedule = {.peak = 5e-3, .warmup_steps = 5};
  options.data.budget_tokens = 1024;
  options.data.selection.held_out = 0;
  options.compute = at::kFloat;
  ProcessGroup alone;
  RunLanguageModel(
      options, alone, [](const RunProgress&) {}, [] { return false; }, {});
  return options.folder / "latest";
}

json ToJson(const Utterance& utterance, const Clip& clip) {
  return {{"text", utterance.text},
          {"language", utterance.language},
          {"rows", clip.rows},
          {"speaker", clip.speaker}};
}

/// Row of `clip` that sees the prompt as the library has it, without start of AI and of speech.
size_t LastRowOfPrompt(const Clip& clip, const model::TokenLayout& tokens) {
  return static_cast<size_t>(std::ranges::find(clip.rows, tokens.end_of_human()) -
                             clip.rows.begin());
}

class OfficialLibraryTest : public OfficialPythonTest<> {
 protected:
  void SetUp() override {
    OfficialPythonTest::SetUp();
    if (IsSkipped()) return;
    at::set_num_threads(1);
    MakeCorpus(folder_ / "corpus");
    MakeModel(folder_ / "model");
    checkpoint_ = Train(folder_.path());
    const model::LmConfig config = model::LoadLmConfig(checkpoint_ / "config.json");
    const text::Tokenizer tokenizer(model::LoadTokenizerFile(checkpoint_ / "tokenizer.json"));
    const Corpus corpus(folder_ / "corpus");
    json list;
    for (int64_t i = 0; i < corpus.size(); ++i) {
      const Utterance utterance = corpus.Get(i);
      clips_.push_back(BuildClip(utterance, corpus.format(), tokenizer, config.tokens));
      list.push_back(ToJson(utterance, clips_.back()));
    }
    WriteText(folder_ / "clips.json", list.dump());
  }

  const TestFolder folder_;
  fs::path checkpoint_;
  std::vector<Clip> clips_;
};

TEST_F(OfficialLibraryTest, LoadsACheckpointAndGivesTheLogitsOfTrainerAndEngine) {
  RunPython({kTraining / "official_logits.py", checkpoint_, folder_ / "clips.json",
             folder_ / "official.safetensors"});
  if (IsSkipped() || HasFatalFailure()) return;
  const auto official = formats::OpenSafetensors(folder_ / "official.safetensors");
  EXPECT_EQ(official->metadata().at("weights_that_differ"), "[]");
  EXPECT_EQ(official->metadata().at("prompts_that_differ"), "[]");

  const model::LmConfig config = model::LoadLmConfig(checkpoint_ / "config.json");
  LanguageModel trainer(config);
  trainer.parameters().Load(*formats::OpenSafetensors(checkpoint_));
  const auto device = kernels::MakeDevice("cpu");
  const auto engine = lm::LanguageModel::Load(*device, checkpoint_, kernels::WeightFormat::kFp32);
  ASSERT_EQ(clips_.size(), 6u);
  Distance from_trainer, from_engine;
  int64_t rows = 0;
  for (size_t i = 0; i < clips_.size(); ++i) {
    const std::span<const Clip> clip(&clips_[i], 1);
    rows += std::ssize(clips_[i].rows);
    const std::vector<float> whole = official->Find(StrCat("logits.", i))->Floats();
    const std::vector<float> first_step = official->Find(StrCat("first_step.", i))->Floats();
    const size_t last_of_prompt = LastRowOfPrompt(clips_[i], config.tokens);
    const auto compare = [&](const std::vector<float>& logits, Distance& worst) {
      ASSERT_EQ(logits.size(), whole.size());
      worst.Include(DistanceOf(logits, whole, config.vocab_size));
      const auto row =
          std::span(logits).subspan(last_of_prompt * first_step.size()).first(first_step.size());
      worst.Include(DistanceOf(row, first_step, config.vocab_size));
    };
    compare(TrainerLogits(trainer, clip), from_trainer);
    compare(EngineLogits(*engine, clip), from_engine);
  }
  EXPECT_LT(from_trainer.relative, kTolerance);
  EXPECT_LT(from_engine.relative, kTolerance);
  std::cout << "official code " << official->metadata().at("versions") << ": " << clips_.size()
            << " clips of " << rows << " rows, largest difference from the trainer "
            << from_trainer.largest << " (" << from_trainer.relative
            << " of the row's largest logit), from the engine " << from_engine.largest << " ("
            << from_engine.relative << ")\n";
}

}  // namespace
}  // namespace kani::train
