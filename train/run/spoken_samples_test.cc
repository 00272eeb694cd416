#include "train/run/spoken_samples.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/testing.h"

namespace kani::train {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

/// A run's folder, and a shell script in place of kani.
class SpokenSamplesTest : public testing::Test {
 protected:
  SpokenSamplesTest() {
    std::string name = testing::TempDir() + "kani_samples_XXXXXX";
    run_ = ::mkdtemp(name.data());
    MakeCheckpoint("step-000000500");
    options_.program = run_ / "kani.sh";
    options_.folder = run_ / "samples";
    options_.sentences = {{"First.", ""}, {"-5 grados.", "es"}};
    options_.arguments = {"--voice", "me.wav"};
    // Writes what it was asked to the WAV: program speak --json --model M --seed S -o WAV ...
    Script(R"(printf '%s\n' "$@" >"$8"
      echo '{"stop_reason": "end", "stats": {"audio_seconds": 1.5, "frames": 19}}')");
  }
  ~SpokenSamplesTest() override { fs::remove_all(run_); }

  void MakeCheckpoint(const char* name) { fs::create_directories(run_ / name); }

  void Script(const std::string& body) {
    // A file that was just written may be busy in a child forked meanwhile, so none is rewritten.
    std::ofstream(options_.program) << "#!/bin/sh\n" << body << "\n";
    fs::permissions(options_.program, fs::perms::owner_all);
  }

  std::string Text(const fs::path& file) { return ReadTextFile(run_ / file, 1 << 20); }

  std::vector<nlohmann::json> Lines(const char* step) {
    std::vector<nlohmann::json> lines;
    std::ifstream file(run_ / "samples" / step / "samples.jsonl");
    for (std::string line; std::getline(file, line);) lines.push_back(nlohmann::json::parse(line));
    return lines;
  }

  WarningSink Warnings() {
    return [this](std::string_view line) { warnings_.emplace_back(line); };
  }

  fs::path run_;
  SpokenSamplesOptions options_;
  std::vector<std::string> warnings_;
};

TEST_F(SpokenSamplesTest, SpeaksEverySentenceAndReportsWhatKaniSays) {
  SpokenSamples samples(options_, Warnings());
  samples.Speak(500, run_ / "step-000000500");
  samples.Wait();
  EXPECT_TRUE(warnings_.empty());
  const std::vector<nlohmann::json> lines = Lines("step-000000500");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[1], nlohmann::json::parse(R"({"step": 500, "text": "-5 grados.",
    "language": "es", "file": "02.wav", "seed": 1, "exit_code": 0, "seconds": 1.5, "frames": 19,
    "stop_reason": "end"})"));
  const std::string model = (run_ / "step-000000500").string();
  const std::string wav = (run_ / "samples/step-000000500/02.wav").string();
  EXPECT_EQ(Text("samples/step-000000500/02.wav"),
            "speak\n--json\n--model\n" + model + "\n--seed\n1\n-o\n" + wav +
                "\n--lang\nes\n--voice\nme.wav\n--\n-5 grados.\n");
  EXPECT_TRUE(fs::exists(run_ / "samples/step-000000500/01.wav"));
}

TEST_F(SpokenSamplesTest, AFailureIsAWarningAndALineWithTheLastWords) {
  Script("echo something >&2; echo 'kani: error: no such model' >&2; exit 3");
  SpokenSamples samples(options_, Warnings());
  samples.Speak(500, run_ / "step-000000500");
  samples.Wait();
  const std::vector<nlohmann::json> lines = Lines("step-000000500");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["exit_code"], 3);
  EXPECT_EQ(lines[0]["error"], "kani: error: no such model");
  EXPECT_EQ(warnings_,
            (std::vector<std::string>{"2 of 2 samples of step 500 failed, the first with 'kani: "
                                      "error: no such model'"}));
}

TEST_F(SpokenSamplesTest, AProgramThatIsNotThereIsAWarning) {
  options_.program = run_ / "nothing";
  SpokenSamples samples(options_, Warnings());
  samples.Speak(500, run_ / "step-000000500");
  samples.Wait();
  EXPECT_EQ(Lines("step-000000500").at(0)["exit_code"], 127);
  EXPECT_EQ(warnings_.size(), 1u);
}

TEST_F(SpokenSamplesTest, ASentenceThatTakesTooLongIsGivenUp) {
  Script("sleep 100");
  options_.time_limit = milliseconds(50);
  SpokenSamples samples(options_, Warnings());
  samples.Speak(500, run_ / "step-000000500");
  samples.Wait();
  EXPECT_EQ(Lines("step-000000500").at(0)["error"], "not spoken within 0.05 s");
  EXPECT_EQ(Lines("step-000000500").at(0)["exit_code"], 137);
}

TEST_F(SpokenSamplesTest, ANewerCheckpointTakesThePlaceOfOneThatWaits) {
  // The first sentence waits until the test has queued two more checkpoints.
  Script("while [ ! -e \"" + (run_ / "go").string() + "\" ]; do sleep 0.01; done");
  MakeCheckpoint("step-000001000");
  MakeCheckpoint("step-000001500");
  SpokenSamples samples(options_, Warnings());
  samples.Speak(500, run_ / "step-000000500");
  while (!fs::exists(run_ / "samples/step-000000500/samples.jsonl")) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  samples.Speak(1000, run_ / "step-000001000");
  samples.Speak(1500, run_ / "step-000001500");
  std::ofstream(run_ / "go") << "go";
  samples.Wait();
  EXPECT_EQ(Lines("step-000000500").size(), 2u);
  EXPECT_FALSE(fs::exists(run_ / "samples/step-000001000"));
  EXPECT_EQ(Lines("step-000001500").size(), 2u);
}

TEST_F(SpokenSamplesTest, ACheckpointThatIsRemovedMeanwhileIsAWarning) {
  Script("rmdir \"$4\"");
  SpokenSamples samples(options_, Warnings());
  samples.Speak(500, run_ / "step-000000500");
  samples.Wait();
  EXPECT_EQ(Lines("step-000000500").size(), 1u);
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_NE(warnings_[0].find("removed before 1 of them"), std::string::npos) << warnings_[0];
}

TEST_F(SpokenSamplesTest, TheEndOfTheRunEndsTheChildAndLetsItCleanUp) {
  Script("trap 'echo gone >\"$8\"; exit 8' TERM; echo here >\"$8\"; while :; do sleep 0.01; done");
  const fs::path wav = run_ / "samples/step-000000500/01.wav";
  {
    SpokenSamples samples(options_, Warnings());
    samples.Speak(500, run_ / "step-000000500");
    while (!fs::exists(wav) || fs::file_size(wav) == 0) {
      std::this_thread::sleep_for(milliseconds(1));
    }
  }
  EXPECT_EQ(Text(wav), "gone\n");
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(SpokenSamplesTest, SpeakingTheSameStepAgainReplacesItsSamples) {
  for (int i = 0; i < 2; ++i) {
    SpokenSamples samples(options_, Warnings());
    samples.Speak(500, run_ / "step-000000500");
    samples.Wait();
  }
  EXPECT_EQ(Lines("step-000000500").size(), 2u);
}

TEST_F(SpokenSamplesTest, ReadsSentencesWithTags) {
  const auto read = [&](std::string_view text) {
    WriteFileAtomically(run_ / "sentences.txt", std::as_bytes(std::span(text)));
    std::string out;
    for (const SpokenSentence& sentence : ReadSentences(run_ / "sentences.txt")) {
      out += sentence.text + "|" + sentence.language + ";";
    }
    return out;
  };
  EXPECT_EQ(read("Hello: there.\ten\n\nBuenos días.\tes\r\nBare"),
            "Hello: there.|en;Buenos días.|es;Bare|;");
  EXPECT_EQ(Failure([&] { read("\n\n"); }).substr(0, 17), "invalid_argument:");
}

}  // namespace
}  // namespace kani::train
