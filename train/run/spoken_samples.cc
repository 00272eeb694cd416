#include "train/run/spoken_samples.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "train/launch/child_process.h"
#include "train/observe/append_file.h"

namespace kani::train {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

constexpr size_t kMaxSentencesBytes = size_t{1} << 20;
constexpr int kLowestPriority = 19;
// A child is looked after this often, and gets this long to clean up when the run ends.
constexpr std::chrono::milliseconds kPoll(20), kGrace(2000);

std::string LastLine(std::string_view text) {
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  return std::string(text.substr(text.rfind('\n') + 1));
}

/// A member of kani's report; null where it is missing.
nlohmann::ordered_json Member(const nlohmann::ordered_json& report, const char* path) {
  const nlohmann::ordered_json::json_pointer pointer(path);
  return report.contains(pointer) ? report.at(pointer) : nlohmann::ordered_json();
}

}  // namespace

std::vector<SpokenSentence> ReadSentences(const fs::path& path) {
  const std::string text = ReadTextFile(path, kMaxSentencesBytes);
  std::vector<SpokenSentence> sentences;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.ends_with('\r')) line.pop_back();
    const size_t tab = std::min(line.find('\t'), line.size());
    if (tab == 0) continue;
    sentences.push_back({line.substr(0, tab), line.substr(std::min(tab + 1, line.size()))});
  }
  if (sentences.empty()) {
    Fail(ErrorCode::kInvalidArgument, Quoted(path.string()), ": no sentence to speak");
  }
  return sentences;
}

/// What became of one sentence.
struct SpokenSamples::Outcome {
  int exit_code = 0;
  std::string error;  ///< "" if it was spoken
  nlohmann::ordered_json report;
};

SpokenSamples::SpokenSamples(SpokenSamplesOptions options, WarningSink warn)
    : options_(std::move(options)), warn_(std::move(warn)), thread_(&SpokenSamples::Work, this) {}

SpokenSamples::~SpokenSamples() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void SpokenSamples::Speak(int64_t step, fs::path checkpoint) {
  {
    const std::lock_guard lock(mutex_);
    next_ = {step, std::move(checkpoint)};
  }
  changed_.notify_all();
}

void SpokenSamples::Wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !speaking_ && !next_; });
}

bool SpokenSamples::StopsWithin(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [&] { return stop_; });
}

/// Lives as long as the object: children die with the thread that made them.
void SpokenSamples::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stop_ || next_; });
    if (stop_) return;
    const Job job = *std::exchange(next_, std::nullopt);
    speaking_ = true;
    lock.unlock();
    try {
      SpeakAll(job);
    } catch (const std::exception& error) {
      Warn(warn_, StrCat("samples of step ", job.step, ": ", error.what()));
    }
    lock.lock();
    speaking_ = false;
    changed_.notify_all();
  }
}

void SpokenSamples::SpeakAll(const Job& job) {
  const fs::path folder = options_.folder / job.checkpoint.filename();
  std::error_code error;
  fs::remove_all(folder, error);  // of a run that was killed after this step
  fs::create_directories(folder, error);
  AppendFile lines(folder / "samples.jsonl", warn_);
  int failures = 0;
  std::string first_failure;
  for (size_t i = 0; i < options_.sentences.size(); ++i) {
    if (!fs::exists(job.checkpoint, error)) {
      Warn(warn_, StrCat("samples of step ", job.step, ": its checkpoint was removed before ",
                         options_.sentences.size() - i, " of them were spoken"));
      break;
    }
    const SpokenSentence& sentence = options_.sentences[i];
    char name[32];
    std::snprintf(name, sizeof name, "%02zu.wav", i + 1);
    const Outcome outcome = SpeakSentence(job, sentence, folder / name);
    if (StopsWithin({})) return;
    nlohmann::ordered_json line = {
        {"step", job.step}, {"text", sentence.text}, {"language", sentence.language},
        {"file", name},     {"seed", options_.seed}, {"exit_code", outcome.exit_code}};
    if (outcome.error.empty()) {
      line["seconds"] = Member(outcome.report, "/stats/audio_seconds");
      line["frames"] = Member(outcome.report, "/stats/frames");
      line["stop_reason"] = Member(outcome.report, "/stop_reason");
    } else {
      line["error"] = outcome.error;
      if (failures++ == 0) first_failure = outcome.error;
    }
    lines.Append(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  }
  if (failures > 0) {
    Warn(warn_, StrCat(failures, " of ", options_.sentences.size(), " samples of step ", job.step,
                       " failed, the first with ", Quoted(first_failure)));
  }
}

std::vector<std::string> SpokenSamples::Command(const Job& job, const SpokenSentence& sentence,
                                                const fs::path& wav) const {
  std::vector<std::string> command = {options_.program.string(),
                                      "speak",
                                      "--json",
                                      "--model",
                                      job.checkpoint.string(),
                                      "--seed",
                                      std::to_string(options_.seed),
                                      "-o",
                                      wav.string()};
  if (!sentence.language.empty()) {
    command.insert(command.end(), {"--lang", sentence.language});
  }
  command.insert(command.end(), options_.arguments.begin(), options_.arguments.end());
  command.insert(command.end(), {"--", sentence.text});
  return command;
}

SpokenSamples::Outcome SpokenSamples::SpeakSentence(const Job& job, const SpokenSentence& sentence,
                                                    const fs::path& wav) {
  ChildProcess child({.command = Command(job, sentence, wav),
                      .out = ChildOutput::kKept,
                      .error = ChildOutput::kKept,
                      .niceness = kLowestPriority});
  Clock::time_point deadline = Clock::now() + options_.time_limit;
  bool late = false, stopped = false;
  std::optional<int> exit_code;
  while (!(exit_code = child.TryReap())) {
    if (!stopped && StopsWithin(kPoll)) {
      stopped = true;
      child.Signal(SIGTERM);
      deadline = Clock::now() + kGrace;
    }
    if (stopped) std::this_thread::sleep_for(kPoll);
    if (Clock::now() > deadline) {
      late = true;
      child.Kill();
    }
  }
  Outcome outcome{*exit_code, "", nlohmann::ordered_json::parse(child.Out(), nullptr, false)};
  if (late) {
    outcome.error = StrCat("not spoken within ", options_.time_limit.count() / 1000.0, " s");
  } else if (*exit_code != 0) {
    outcome.error = LastLine(child.ErrorOutput());
    if (outcome.error.empty()) outcome.error = StrCat("exit code ", *exit_code);
  }
  return outcome;
}

}  // namespace kani::train
