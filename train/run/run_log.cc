#include "train/run/run_log.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace kani::train {

namespace {

using Values = std::vector<std::pair<std::string, double>>;

Values ValuesOf(const RunProgress& progress) {
  Values values = {{"loss", progress.update.loss},
                   {"gradient_norm", progress.update.gradient_norm},
                   {"rate", progress.update.rate},
                   {"epoch", static_cast<double>(progress.epoch)},
                   {"targets", static_cast<double>(progress.update.targets)},
                   {"tokens_per_s", progress.tokens_per_s},
                   {"speech_per_s", progress.speech_per_s}};
  if (progress.mfu) values.emplace_back("mfu", *progress.mfu);
  if (progress.update.outcome != UpdateOutcome::kApplied) values.emplace_back("skipped", 1);
  if (progress.evaluation) {
    std::ranges::copy(progress.evaluation->metrics, std::back_inserter(values));
  }
  return values;
}

}  // namespace

RunLog::RunLog(std::filesystem::path folder, int64_t done_steps,
               std::optional<SpokenSamplesOptions> samples, WarningSink warn)
    : folder_(std::move(folder)), warn_(std::move(warn)) {
  GoOnFrom(done_steps);
  if (!samples) return;
  samples->folder = folder_ / "samples";
  samples_.emplace(std::move(*samples), warn_);
}

void RunLog::GoOnFrom(int64_t step) {
  metrics_.emplace(folder_ / "metrics.jsonl", step, warn_);
  events_.emplace(folder_ / "tensorboard", step, warn_);
}

void RunLog::Add(const RunProgress& progress) {
  const Metrics metrics = {progress.step, ValuesOf(progress)};
  metrics_->Add(metrics);
  events_->Add(metrics);
}

void RunLog::Speak(int64_t step, const std::filesystem::path& checkpoint) {
  if (samples_) samples_->Speak(step, checkpoint);
}

void RunLog::FinishSpeaking() {
  if (samples_) samples_->Wait();
}

}  // namespace kani::train
