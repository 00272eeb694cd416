// Pretraining of a language model on a corpus of codes, as a run drives it.
#pragma once

#include <optional>
#include <vector>

#include "base/log.h"
#include "text/tokenizer.h"
#include "train/data/corpus.h"
#include "train/data/held_out.h"
#include "train/data/training_set.h"
#include "train/distributed/process_group.h"
#include "train/lm/language_model_trainer.h"
#include "train/run/task.h"
#include "train/tasks/language_model_run_options.h"

namespace kani::train {

class LanguageModelTask : public Task {
 public:
  /// Reads model folder and corpus. What is referred to must outlive the task.
  /// Throws kInvalidArgument for parts to freeze that are not there and ranks that see other
  /// corpora, and what reading throws.
  /// @param warn clips and shards left out
  LanguageModelTask(const LanguageModelRunOptions& options, ProcessGroup& group,
                    const WarningSink& warn);

  int64_t steps() const override { return steps_; }
  int64_t step() const override { return trainer_.step; }
  double PeakFlopsPerSecond() const override;
  void Begin() override;
  int64_t BeginEpoch(int64_t epoch) override;
  std::unique_ptr<Material> Gather(int64_t step_in_epoch) const override;
  UpdateReport Update(const Material& material) override;
  /// The model, or its moving average, on held-out clips that all processes share; and the RoPE
  /// scales.
  Evaluation Evaluate() override;
  void TakeSnapshot(Snapshot& snapshot) const override;
  void Restore(const std::filesystem::path& checkpoint) override;
  const std::vector<std::pair<std::string, std::string>>& files() const override { return files_; }
  std::string order() const override;

 private:
  struct Packs;
  ClipLengths MeasureTogether(const WarningSink& warn) const;
  std::optional<ClipLengths> LengthsOfEarlierStart(const std::string& key) const;
  int64_t CountSteps() const;
  LanguageModelTrainerSettings Settings() const;
  void WarnOfClipsLeftOut(const WarningSink& warn) const;

  const LanguageModelRunOptions& options_;
  ProcessGroup& group_;
  const std::vector<std::pair<std::string, std::string>> files_;
  const text::Tokenizer tokenizer_;
  const Corpus corpus_;
  LanguageModel model_;
  const TrainingSet set_;
  const int64_t steps_;
  LanguageModelTrainer trainer_;
  std::vector<HeldOutClip> held_out_;
  std::optional<TrainingSet::Epoch> epoch_;
};

}  // namespace kani::train
