#include "train/run/language_model_run.h"

#include <chrono>
#include <numeric>
#include <optional>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "model/lm_config.h"
#include "model/tokenizer_file.h"
#include "text/tokenizer.h"
#include "train/checkpoint/writer.h"
#include "train/data/corpus.h"
#include "train/data/held_out.h"
#include "train/evaluate/evaluate.h"
#include "train/lm/initialise.h"
#include "train/lm/language_model.h"
#include "train/lm/matrix_rate.h"
#include "train/lm/rope_scales.h"
#include "train/lm/run_state.h"
#include "train/observe/throughput.h"
#include "train/run/run_log.h"
#include "train/run/run_record.h"

namespace kani::train {

namespace fs = std::filesystem;

namespace {

constexpr size_t kMaxSmallFile = size_t{64} << 20;

using Files = std::vector<std::pair<std::string, std::string>>;

/// What every checkpoint takes over from the model that the run began with.
Files ModelFiles(const fs::path& model) {
  Files files;
  for (const char* name : {"config.json", "generation_config.json", "tokenizer.json",
                           "tokenizer_config.json", "special_tokens_map.json"}) {
    if (fs::exists(model / name))
      files.emplace_back(name, ReadTextFile(model / name, kMaxSmallFile));
  }
  return files;
}

/// Everything a run holds in memory.
class Run {
 public:
  Run(const LanguageModelRunOptions& options, ProcessGroup& group, WarningSink warn)
      : options_(options),
        group_(group),
        warn_(std::move(warn)),
        files_(ModelFiles(options.model)),
        tokenizer_(model::LoadTokenizerFile(options.model / "tokenizer.json")),
        corpus_(options.corpus, [this](const Error& error) { LeaveOut(error); }),
        model_(MakeModel(options)),
        set_(corpus_, tokenizer_, model_.config().tokens, options.data),
        steps_(CountSteps()),
        trainer_(model_, WithTotal(options.trainer, steps_), group),
        throughput_(group.size() * MatrixFlopsPerSecond(options.compute, options.device)) {
    WarnOfClipsLeftOut();
    fs::create_directories(options.folder);
    const fs::path checkpoint = LatestCheckpoint(options.folder);
    if (!checkpoint.empty()) {
      Restore(checkpoint, model_, trainer_);
      place_ = PlaceIn(checkpoint);
      saved_step_ = trainer_.step;
    } else if (options.from_scratch || !HasWeights(options.model)) {
      Initialise(model_, options.data.seed);
    } else {
      model_.parameters().Load(*formats::OpenSafetensors(options.model));
    }
    group_.AgreeOn("the step of the newest checkpoint", trainer_.step);
    group_.AgreeOn("the number of clips", corpus_.size());
    if (group_.rank() > 0) return;
    log_.emplace(options.folder, trainer_.step, options.samples, warn_);
    writer_.emplace(options.folder, options.retention,
                    [this](int64_t step, const fs::path& path) { log_->Speak(step, path); });
    // What checkpoints need is found now, and not when the first one is due.
    Snapshot memory;
    TakeSnapshot(model_, trainer_, memory);
    writer_->KeepMemory(std::move(memory));
    held_out_ = HeldOutClips(corpus_, set_.selection().held_out, options.held_out_clips, tokenizer_,
                             model_.config().tokens, options.data.sequence);
  }

  bool Train(const std::function<void(const RunProgress&)>& observe,
             const std::function<bool()>& stop) {
    while (trainer_.step < steps_) {
      const TrainingSet::Epoch epoch = set_.MakeEpoch(place_.epoch);
      const int64_t steps = set_.Steps(epoch);
      while (place_.step_in_epoch < steps && trainer_.step < steps_) {
        if (group_.Any(stop())) {
          Save();
          if (writer_) writer_->Wait();
          return false;
        }
        observe(Step(epoch));
      }
      if (place_.step_in_epoch >= steps) place_ = {place_.epoch + 1, 0};
    }
    Save();
    if (writer_) writer_->Wait();
    if (log_) log_->FinishSpeaking();
    return true;
  }

 private:
  static LanguageModel MakeModel(const LanguageModelRunOptions& options) {
    LanguageModel model(model::LoadLmConfig(options.model / "config.json"), options.compute,
                        options.device);
    for (const std::string& part : FreezeParts(model.parameters(), options.frozen)) {
      Fail(ErrorCode::kInvalidArgument, "no weight belongs to ", Quoted(part),
           ", which is to be frozen");
    }
    return model;
  }

  static TrainerSettings WithTotal(TrainerSettings settings, int64_t steps) {
    settings.schedule.total_steps = steps;
    return settings;
  }

  static bool HasWeights(const fs::path& model) {
    return fs::exists(model / "model.safetensors") ||
           fs::exists(model / "model.safetensors.index.json");
  }

  int64_t CountSteps() const {
    if (options_.epochs == 0) return options_.steps;
    int64_t steps = 0;
    for (int64_t epoch = 0; epoch < options_.epochs; ++epoch) {
      steps += set_.Steps(set_.MakeEpoch(epoch));
    }
    return steps;
  }

  void LeaveOut(const Error& error) const {
    Warn(warn_, StrCat("a shard is left out: ", error.what()));
  }

  void WarnOfClipsLeftOut() const {
    const auto warn = [&](int64_t clips, const char* why) {
      if (clips > 0) Warn(warn_, StrCat(clips, " clips are left out: ", why));
    };
    warn(set_.selection().too_long, "longer than the longest duration");
    warn(std::ssize(set_.over_budget()), "more tokens than a pack holds");
  }

  Place PlaceIn(const fs::path& checkpoint) const {
    const fs::path record = checkpoint / kRunRecordFile;
    const Continuation continuation =
        ParseRunRecord(ReadTextFile(record, kMaxSmallFile), OrderSettings(corpus_, options_.data),
                       Quoted(record.string()));
    if (!continuation.changed.empty()) {
      Warn(warn_, StrCat("the order of clips is another one than before (", continuation.changed,
                         "): going on with epoch ", continuation.place.epoch));
    }
    return continuation.place;
  }

  /// What this process trains on in one step.
  struct Material {
    std::vector<PackedBatch> batches;
    std::vector<int64_t> lengths;  ///< of the clips, in tokens
    int64_t frames = 0;
  };

  Material Gather(const TrainingSet::Epoch& epoch) const {
    Material material;
    for (const std::vector<int64_t>& pack :
         set_.Packs(epoch, place_.step_in_epoch, group_.rank(), group_.size())) {
      std::vector<Clip> clips;
      for (const int64_t clip : pack) {
        clips.push_back(set_.GetClip(clip, epoch));
        material.lengths.push_back(std::ssize(clips.back().rows));
        material.frames += corpus_.Get(clip).frames(corpus_.format());
      }
      material.batches.push_back(Pack(clips, model_.config(), options_.device));
    }
    return material;
  }

  RunProgress Step(const TrainingSet::Epoch& epoch) {
    const double begin_s = Seconds();
    const Material material = Gather(epoch);
    RunProgress progress;
    progress.update = trainer_.Update(material.batches);
    ++place_.step_in_epoch;
    AddWork(material, begin_s);
    progress.step = trainer_.step;
    progress.steps = steps_;
    progress.epoch = epoch.number;
    progress.tokens_per_s = throughput_.tokens_per_s();
    progress.speech_per_s = throughput_.speech_per_s();
    progress.mfu = throughput_.mfu();
    progress.speed = throughput_.Text(steps_ - trainer_.step);
    const bool skipped = progress.update.outcome != UpdateOutcome::kApplied;
    const bool evaluate = trainer_.step % options_.evaluate_every == 0 || trainer_.step == steps_;
    if (evaluate && !held_out_.empty()) progress.evaluation = EvaluateHeldOut();
    std::vector<std::pair<std::string, double>> scales;
    if (evaluate) scales = RopeScaleMetrics(model_);
    if (log_) log_->Add(progress, std::move(scales));
    skipped_in_a_row_ = skipped ? skipped_in_a_row_ + 1 : 0;
    if (skipped) WarnOfSkipped(progress.update);
    if (skipped_in_a_row_ == options_.most_skipped) {
      GoBack();
    } else if (trainer_.step % options_.save_every == 0) {
      Save();
    }
    return progress;
  }

  static double Seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }

  void AddWork(const Material& material, double begin_s) {
    const std::vector<int64_t>& lengths = material.lengths;
    UpdateWork work;
    work.tokens = group_.Sum(std::accumulate(lengths.begin(), lengths.end(), int64_t{0}));
    work.speech_s =
        static_cast<double>(group_.Sum(material.frames)) / corpus_.format().frames_per_second;
    work.flops = group_.SumInOrder(ModelFlops(model_.config(), lengths));
    throughput_.Add(work, begin_s, Seconds());
  }

  void WarnOfSkipped(const UpdateReport& update) const {
    const bool spike = update.outcome == UpdateOutcome::kSpike;
    Warn(warn_, StrCat("update ", trainer_.step,
                       " was skipped: ", spike ? "gradient norm " : "not finite, loss ",
                       spike ? update.gradient_norm : update.loss));
  }

  Evaluation EvaluateHeldOut() {
    EvaluationOptions evaluation{.budget_tokens = options_.data.budget_tokens};
    if (options_.influence_every > 0 && trainer_.step % options_.influence_every == 0) {
      evaluation.influence_samples = kOfficialInfluenceSamples;
    }
    const AveragedWeights averaged(model_, trainer_);
    return Evaluate(model_, held_out_, evaluation);
  }

  /// To the weights and moments of the newest checkpoint, but on with the clips that come next.
  void GoBack() {
    if (writer_) WaitForWriter();
    group_.Barrier();
    const fs::path checkpoint = LatestCheckpoint(options_.folder);
    // A shared disk may show one of them an older state: their weights would differ for good.
    group_.AgreeOn("the step of the checkpoint to go back to", CheckpointStep(checkpoint));
    if (checkpoint.empty() || went_back_from_ >= 0) {
      Fail(ErrorCode::kResourceExhausted, options_.most_skipped, " updates in a row were skipped ",
           checkpoint.empty() ? "before the first checkpoint" : "again after going back",
           "; a lower rate may help");
    }
    went_back_from_ = trainer_.step;
    Restore(checkpoint, model_, trainer_);
    saved_step_ = trainer_.step;
    skipped_in_a_row_ = 0;
    if (log_) log_->GoOnFrom(trainer_.step);
    Warn(warn_,
         StrCat(options_.most_skipped, " updates in a row were skipped: went back from step ",
                went_back_from_, " to ", trainer_.step));
  }

  void WaitForWriter() {
    try {
      writer_->Wait();
    } catch (const Error& error) {
      Warn(warn_, error.what());
    }
  }

  /// A checkpoint that could not be written costs a warning when the next one is due, not the run:
  /// the older ones are there. That of the last Save() is the caller's to wait for.
  void Save() {
    if (saved_step_ == trainer_.step) return;
    saved_step_ = trainer_.step;
    if (trainer_.step > went_back_from_) went_back_from_ = -1;
    if (!writer_) return;
    WaitForWriter();
    Snapshot snapshot = writer_->TakeMemory();
    TakeSnapshot(model_, trainer_, snapshot);
    snapshot.files = files_;
    snapshot.files.emplace_back(kRunRecordFile,
                                RunRecord(place_, OrderSettings(corpus_, options_.data)));
    writer_->Write(std::move(snapshot));
  }

  const LanguageModelRunOptions& options_;
  ProcessGroup& group_;
  const WarningSink warn_;
  const Files files_;
  const text::Tokenizer tokenizer_;
  const Corpus corpus_;
  LanguageModel model_;
  const TrainingSet set_;
  const int64_t steps_;  ///< in all
  Trainer trainer_;
  Throughput throughput_;
  Place place_;
  int64_t saved_step_ = -1;  ///< of the newest checkpoint
  int64_t skipped_in_a_row_ = 0;
  int64_t went_back_from_ = -1;  ///< step; -1 once a later one was saved
  // Of rank 0.
  std::vector<HeldOutClip> held_out_;
  std::optional<RunLog> log_;
  std::optional<CheckpointWriter> writer_;
};

}  // namespace

bool RunLanguageModel(const LanguageModelRunOptions& options, ProcessGroup& group,
                      const std::function<void(const RunProgress&)>& observe,
                      const std::function<bool()>& stop, const WarningSink& warn) {
  Check(options);
  return Run(options, group, warn).Train(observe, stop);
}

}  // namespace kani::train
