// What a model in training sounds like: `kani speak` says the same sentences with every checkpoint,
// beside the training.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"

namespace kani::train {

struct SpokenSentence {
  std::string text;
  std::string language;  ///< tag, or "": kani guesses
};

/// One sentence a line: its text, then, after a tab, its language tag if it has one. Empty lines do
/// not count. Throws as ReadTextFile does, and kInvalidArgument for a file without a sentence.
std::vector<SpokenSentence> ReadSentences(const std::filesystem::path& path);

struct SpokenSamplesOptions {
  std::filesystem::path program;  ///< kani, a path or a name on PATH
  std::filesystem::path folder;   ///< of the samples, usually RUN/samples
  std::vector<SpokenSentence> sentences;
  /// For `kani speak`: codec, speaker encoder, voice, ... Voice and seed stay the same through a
  /// run, so that what changes is the model.
  std::vector<std::string> arguments;
  uint64_t seed = 1;
  std::chrono::milliseconds time_limit = std::chrono::minutes(5);  ///< of one sentence
};

/// FOLDER/step-000000500/01.wav, ... and samples.jsonl beside them: a line a sentence with step,
/// text, language, file, seed, exit_code, and as kani reports them seconds, frames and stop_reason;
/// or error, the last thing that kani said. What goes wrong is a warning, never an exception.
class SpokenSamples {
 public:
  /// @param warn is called from a thread of its own
  SpokenSamples(SpokenSamplesOptions options, WarningSink warn);
  /// Ends what is being said.
  ~SpokenSamples();
  SpokenSamples(const SpokenSamples&) = delete;
  SpokenSamples& operator=(const SpokenSamples&) = delete;

  /// Returns at once. One sentence is spoken at a time, at the lowest priority; a checkpoint that
  /// still waits for its turn makes room for this one. Whoever removes the checkpoint later need
  /// not care: sentences that were not begun by then are left out. Thread-safe.
  /// @param checkpoint finished folder whose name the samples get
  void Speak(int64_t step, std::filesystem::path checkpoint);
  /// Returns when all is said.
  void Wait();

 private:
  struct Job {
    int64_t step = 0;
    std::filesystem::path checkpoint;
  };
  struct Outcome;

  void Work();
  void SpeakAll(const Job& job);
  Outcome SpeakSentence(const Job& job, const SpokenSentence& sentence,
                        const std::filesystem::path& wav);
  std::vector<std::string> Command(const Job& job, const SpokenSentence& sentence,
                                   const std::filesystem::path& wav) const;
  /// Returns true as soon as the run ends, false when the time is over.
  bool StopsWithin(std::chrono::milliseconds time);

  const SpokenSamplesOptions options_;
  const WarningSink warn_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Job> next_;
  bool speaking_ = false, stop_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace kani::train
