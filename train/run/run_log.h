// What a run leaves beside its checkpoints: metrics.jsonl, tensorboard/ and samples/.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/log.h"
#include "train/observe/event_file.h"
#include "train/observe/metrics_file.h"
#include "train/run/run.h"
#include "train/run/spoken_samples.h"

namespace kani::train {

class RunLog {
 public:
  /// Throws kIo.
  RunLog(std::filesystem::path folder, int64_t done_steps,
         std::optional<SpokenSamplesOptions> samples, WarningSink warn);

  void Add(const RunProgress& progress);
  /// The run has gone back to an earlier step.
  void GoOnFrom(int64_t step);
  /// Lets a checkpoint speak, if there is something to say. Thread-safe.
  void Speak(int64_t step, const std::filesystem::path& checkpoint);
  /// Returns when the last checkpoint has said all.
  void FinishSpeaking();

 private:
  const std::filesystem::path folder_;
  const WarningSink warn_;
  std::optional<MetricsFile> metrics_;
  std::optional<EventFile> events_;
  std::optional<SpokenSamples> samples_;
};

}  // namespace kani::train
