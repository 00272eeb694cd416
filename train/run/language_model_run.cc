#include "train/run/language_model_run.h"

#include <ATen/core/grad_mode.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "model/lm_config.h"
#include "model/tokenizer_file.h"
#include "text/tokenizer.h"
#include "train/checkpoint/writer.h"
#include "train/data/corpus.h"
#include "train/lm/initialise.h"
#include "train/lm/language_model.h"
#include "train/lm/run_state.h"

namespace kani::train {

namespace fs = std::filesystem;

namespace {

constexpr size_t kMaxSmallFile = size_t{64} << 20;
constexpr const char* kPlaceFile = "run.json";

/// Where a run is in its corpus.
struct Place {
  int64_t epoch = 0, step_in_epoch = 0;
};

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

Place ReadPlace(const fs::path& checkpoint) {
  const std::string text = ReadTextFile(checkpoint / kPlaceFile, kMaxSmallFile);
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto number = [&](const char* key) -> int64_t {
    if (!json.is_object() || !json.contains(key) || !json[key].is_number_unsigned()) {
      Fail(ErrorCode::kInvalidFile, Quoted((checkpoint / kPlaceFile).string()), ": expected ", key,
           " >= 0");
    }
    return json[key].get<int64_t>();
  };
  return {number("epoch"), number("step_in_epoch")};
}

/// One line of JSON for each update, flushed, so that a killed run keeps its history.
class MetricsFile {
 public:
  explicit MetricsFile(const fs::path& path) : path_(path), file_(path, std::ios::app) {
    if (!file_) Fail(ErrorCode::kIo, "cannot write ", Quoted(path.string()));
  }
  void Add(const RunProgress& progress) {
    nlohmann::ordered_json line = {{"step", progress.step},
                                   {"epoch", progress.epoch},
                                   {"loss", progress.update.loss},
                                   {"gradient_norm", progress.update.gradient_norm},
                                   {"rate", progress.update.rate},
                                   {"targets", progress.update.targets},
                                   {"tokens_per_s", progress.tokens_per_s}};
    if (progress.update.outcome != UpdateOutcome::kApplied) line["skipped"] = true;
    if (progress.held_out_loss) line["held_out_loss"] = *progress.held_out_loss;
    file_ << line.dump() << std::endl;
    if (!file_) Fail(ErrorCode::kIo, "cannot write ", Quoted(path_.string()));
  }

 private:
  fs::path path_;
  std::ofstream file_;
};

/// Everything a run holds in memory.
class Run {
 public:
  Run(const LanguageModelRunOptions& options, WarningSink warn)
      : options_(options),
        warn_(std::move(warn)),
        files_(ModelFiles(options.model)),
        model_(model::LoadLmConfig(options.model / "config.json"), options.compute),
        trainer_(model_, WithTotal(options)),
        tokenizer_(model::LoadTokenizerFile(options.model / "tokenizer.json")),
        corpus_(options.corpus),
        set_(corpus_, tokenizer_, model_.config().tokens, options.data),
        writer_(options.folder, options.retention) {
    fs::create_directories(options.folder);
    const fs::path checkpoint = LatestCheckpoint(options.folder);
    if (!checkpoint.empty()) {
      Restore(checkpoint, model_, trainer_);
      place_ = ReadPlace(checkpoint);
      saved_step_ = trainer_.step;
    } else if (options.from_scratch || !HasWeights(options.model)) {
      Initialise(model_, options.data.seed);
    } else {
      model_.parameters().Load(*model::OpenSafetensors(options.model));
    }
    metrics_.emplace(options.folder / "metrics.jsonl");
    WarnOfClipsLeftOut();
  }

  bool Train(const std::function<void(const RunProgress&)>& observe,
             const std::function<bool()>& stop) {
    while (trainer_.step < options_.steps) {
      const TrainingSet::Epoch epoch = set_.MakeEpoch(place_.epoch);
      const int64_t steps = set_.Steps(epoch);
      for (; place_.step_in_epoch < steps && trainer_.step < options_.steps;) {
        if (stop()) {
          Save();
          writer_.Wait();
          return false;
        }
        observe(Step(epoch));
      }
      if (place_.step_in_epoch >= steps) place_ = {place_.epoch + 1, 0};
    }
    Save();
    writer_.Wait();
    return true;
  }

 private:
  using Clock = std::chrono::steady_clock;

  static TrainerSettings WithTotal(const LanguageModelRunOptions& options) {
    TrainerSettings settings = options.trainer;
    settings.schedule.total_steps = options.steps;
    return settings;
  }

  static bool HasWeights(const fs::path& model) {
    return fs::exists(model / "model.safetensors") ||
           fs::exists(model / "model.safetensors.index.json");
  }

  void WarnOfClipsLeftOut() const {
    const auto warn = [&](int64_t clips, const char* why) {
      if (clips > 0) Warn(warn_, StrCat(clips, " clips are left out: ", why));
    };
    warn(set_.selection().too_long, "longer than the longest duration");
    warn(std::ssize(set_.over_budget()), "more tokens than a pack holds");
  }

  RunProgress Step(const TrainingSet::Epoch& epoch) {
    const Clock::time_point start = Clock::now();
    std::vector<PackedBatch> batches;
    int64_t tokens = 0, frames = 0;
    for (const std::vector<int64_t>& pack : set_.Packs(epoch, place_.step_in_epoch, 0, 1)) {
      std::vector<Clip> clips;
      for (const int64_t clip : pack) {
        clips.push_back(set_.GetClip(clip, epoch));
        frames += corpus_.Get(clip).frames(corpus_.format());
      }
      batches.push_back(Pack(clips, model_.config()));
      tokens += batches.back().borders.back();
    }
    RunProgress progress;
    progress.update = trainer_.Update(batches);
    ++place_.step_in_epoch;
    if (progress.update.outcome != UpdateOutcome::kApplied) {
      const bool spike = progress.update.outcome == UpdateOutcome::kSpike;
      Warn(warn_, StrCat("update ", trainer_.step,
                         " was skipped: ", spike ? "gradient norm " : "not finite, loss ",
                         spike ? progress.update.gradient_norm : progress.update.loss));
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    progress.step = trainer_.step;
    progress.steps = options_.steps;
    progress.epoch = epoch.number;
    progress.tokens_per_s = static_cast<double>(tokens) / seconds;
    progress.speech_per_s =
        static_cast<double>(frames) / corpus_.format().frames_per_second / seconds;
    progress.seconds_left = static_cast<double>(options_.steps - trainer_.step) * seconds;
    if (trainer_.step % options_.evaluate_every == 0 || trainer_.step == options_.steps) {
      progress.held_out_loss = Evaluate();
    }
    metrics_->Add(progress);
    if (trainer_.step % options_.save_every == 0) Save();
    return progress;
  }

  /// Mean loss of the held-out clips, if there are any.
  std::optional<double> Evaluate() const {
    const at::NoGradGuard no_gradient;
    double sum = 0;
    int64_t targets = 0, clips = 0;
    for (const int64_t number : set_.selection().held_out) {
      if (clips++ == options_.held_out_clips) break;
      const Clip clip = set_.GetClip(number);
      const PackedBatch batch = Pack({&clip, 1}, model_.config());
      sum += model_.LossSum(batch).item<double>();
      targets += batch.target_count;
    }
    if (targets == 0) return std::nullopt;
    return sum / static_cast<double>(targets);
  }

  /// A checkpoint that could not be written costs a warning when the next one is due, not the run:
  /// the older ones are there. That of the last Save() is the caller's to wait for.
  void Save() {
    if (saved_step_ == trainer_.step) return;
    try {
      writer_.Wait();
    } catch (const Error& error) {
      Warn(warn_, error.what());
    }
    Files files = files_;
    files.emplace_back(
        kPlaceFile,
        nlohmann::json({{"epoch", place_.epoch}, {"step_in_epoch", place_.step_in_epoch}}).dump());
    writer_.Write(TakeSnapshot(model_, trainer_, std::move(files)));
    saved_step_ = trainer_.step;
  }

  const LanguageModelRunOptions& options_;
  const WarningSink warn_;
  const Files files_;
  LanguageModel model_;
  Trainer trainer_;
  const text::Tokenizer tokenizer_;
  const Corpus corpus_;
  const TrainingSet set_;
  CheckpointWriter writer_;
  std::optional<MetricsFile> metrics_;
  Place place_;
  int64_t saved_step_ = -1;  ///< of the newest checkpoint
};

}  // namespace

bool RunLanguageModel(const LanguageModelRunOptions& options,
                      const std::function<void(const RunProgress&)>& observe,
                      const std::function<bool()>& stop, const WarningSink& warn) {
  const auto at_least = [](const char* name, double value, double low) {
    if (!(value >= low && std::isfinite(value))) {
      Fail(ErrorCode::kInvalidArgument, name, " ", value, ", expected at least ", low);
    }
  };
  at_least("steps", static_cast<double>(options.steps), 1);
  at_least("updates between checkpoints", static_cast<double>(options.save_every), 1);
  at_least("updates between evaluations", static_cast<double>(options.evaluate_every), 1);
  at_least("learning rate", options.trainer.schedule.peak, 0);
  at_least("warm-up", static_cast<double>(options.trainer.schedule.warmup_steps), 0);
  at_least("rate of the RoPE scales", options.trainer.alpha_rate_ratio, 0);
  at_least("weight decay", options.trainer.weight_decay, 0);
  at_least("largest gradient norm", options.trainer.max_gradient_norm, 0);
  return Run(options, warn).Train(observe, stop);
}

}  // namespace kani::train
