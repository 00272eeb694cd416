#include "train/run/run.h"

#include <chrono>
#include <memory>

#include "base/error.h"
#include "train/observe/throughput.h"
#include "train/run/checkpoints.h"
#include "train/run/run_log.h"
#include "train/run/run_record.h"

namespace kani::train {

namespace {

double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

class Loop {
 public:
  Loop(Task& task, const RunOptions& options, ProcessGroup& group, const WarningSink& warn)
      : task_(task),
        options_(options),
        group_(group),
        warn_(warn),
        throughput_(group.size() * task.PeakFlopsPerSecond()),
        checkpoints_(task, options, group, warn),
        place_(checkpoints_.Begin()) {
    if (group_.rank() > 0) return;
    log_.emplace(options.folder, task_.step(), options.samples, warn_);
    checkpoints_.StartWriting([this](int64_t step, const std::filesystem::path& checkpoint) {
      log_->Speak(step, checkpoint);
    });
  }

  bool Train(const RunObserver& observe, const std::function<bool()>& stop) {
    while (task_.step() < task_.steps()) {
      const int64_t steps = task_.BeginEpoch(place_.epoch);
      while (place_.step_in_epoch < steps && task_.step() < task_.steps()) {
        if (group_.Any(stop())) {
          checkpoints_.Save(place_);
          checkpoints_.Wait();
          return false;
        }
        observe(Step());
      }
      if (place_.step_in_epoch >= steps) place_ = {place_.epoch + 1, 0};
    }
    checkpoints_.Save(place_);
    checkpoints_.Wait();
    if (log_) log_->FinishSpeaking();
    return true;
  }

 private:
  RunProgress Step() {
    const double begin_s = Seconds();
    const std::unique_ptr<Task::Material> material = task_.Gather(place_.step_in_epoch);
    RunProgress progress;
    progress.epoch = place_.epoch;
    progress.update = task_.Update(*material);
    ++place_.step_in_epoch;
    Measure(material->work, begin_s, progress);
    if (task_.step() % options_.evaluate_every == 0 || task_.step() == task_.steps()) {
      Task::Evaluation evaluation = task_.Evaluate();
      if (group_.rank() == 0) progress.evaluation = std::move(evaluation);
    }
    if (log_) log_->Add(progress);
    SaveOrGoBack(progress.update);
    return progress;
  }

  void Measure(const UpdateWork& own, double begin_s, RunProgress& progress) {
    UpdateWork work;
    work.tokens = group_.Sum(own.tokens);
    work.speech_s = group_.SumInOrder(own.speech_s);
    work.flops = group_.SumInOrder(own.flops);
    throughput_.Add(work, begin_s, Seconds());
    progress.step = task_.step();
    progress.steps = task_.steps();
    progress.tokens_per_s = throughput_.tokens_per_s();
    progress.speech_per_s = throughput_.speech_per_s();
    progress.mfu = throughput_.mfu();
    progress.speed = throughput_.Text(task_.steps() - task_.step());
  }

  /// When too many updates in a row were skipped: back to the weights of the newest checkpoint, but
  /// on with the material that comes next.
  void SaveOrGoBack(const UpdateReport& update) {
    const bool skipped = update.outcome != UpdateOutcome::kApplied;
    skipped_in_a_row_ = skipped ? skipped_in_a_row_ + 1 : 0;
    if (skipped) WarnOfSkipped(update);
    if (skipped_in_a_row_ == options_.most_skipped) {
      checkpoints_.GoBack();
      skipped_in_a_row_ = 0;
      if (log_) log_->GoOnFrom(task_.step());
    } else if (task_.step() % options_.save_every == 0) {
      checkpoints_.Save(place_);
    }
  }

  void WarnOfSkipped(const UpdateReport& update) const {
    const bool spike = update.outcome == UpdateOutcome::kSpike;
    Warn(warn_, StrCat("update ", task_.step(),
                       " was skipped: ", spike ? "gradient norm " : "not finite, loss ",
                       spike ? update.gradient_norm : update.loss));
  }

  Task& task_;
  const RunOptions& options_;
  ProcessGroup& group_;
  const WarningSink& warn_;
  std::optional<RunLog> log_;  // of rank 0; the writer's thread speaks to it
  Throughput throughput_;
  Checkpoints checkpoints_;
  Place place_;
  int64_t skipped_in_a_row_ = 0;
};

}  // namespace

bool RunTask(Task& task, const RunOptions& options, ProcessGroup& group, const RunObserver& observe,
             const std::function<bool()>& stop, const WarningSink& warn) {
  Check(options);
  return Loop(task, options, group, warn).Train(observe, stop);
}

}  // namespace kani::train
