// What kani-train does when the system gives it no more: memory, threads, file handles. It ends in
// an error and the exit code for it, never in a hang or by a signal; tests/cli/limits_test.cc is
// the same for kani. Where LibTorch's libraries themselves find too little before main() there is
// nothing that we could say.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/error.h"
#include "tests/cli/program.h"

namespace kani::tests {
namespace {

namespace fs = std::filesystem;

constexpr int kResource = 7;

/// A corpus of twelve clips, and a model of two million weights without any.
class TrainingLimitsTest : public testing::Test {
 protected:
  TrainingLimitsTest() {
    const fs::path mini = fs::path(KANI_MODELS) / "mini" / "lm";
    fs::create_directories(box_.Path("model"));
    fs::copy(fs::path(KANI_TEST_DATA) / "training" / "tiny" / "config.json", box_.Path("model"));
    fs::copy(mini / "tokenizer.json", box_.Path("model"));
    std::string lines;
    for (int clip = 0; clip < 12; ++clip) {
      lines += StrCat(R"({"text": "Some words of clip )", clip, R"(.", "encoded_len": 3)");
      for (int book = 1; book <= 4; ++book) {
        lines += StrCat(R"(, "nano_layer_)", book, R"(": [)", clip, ", ", book, ", 3]");
      }
      lines += "}\n";
    }
    box_.Write("codes.jsonl", lines);
    const Outcome import = box_.Run({"data", "import", "codes.jsonl", "-o", "corpus"});
    EXPECT_EQ(import.exit_code, 0) << import.err;
  }

  /// @param limit what sh does before it becomes the program
  Outcome Under(const std::string& limit, const std::string& arguments) const {
    fs::remove_all(box_.Path("run"));
    return box_.Shell("export OMP_NUM_THREADS=1 && " + limit + " && exec \"$KANI\" " + arguments);
  }

  /// @return the exit code: 0 or kResource
  int Train(const std::string& limit, const std::string& more) const {
    const Outcome outcome =
        Under(limit,
              "lm --model model --corpus corpus --run run --steps 2 --pack-tokens 100 "
              "--held-out 0.2 --compute fp32 " +
                  more);
    if (outcome.exit_code == 0) return 0;
    EXPECT_EQ(outcome.exit_code, kResource) << limit << ": " << outcome.err;
    EXPECT_NE(outcome.err.find("kani-train: error: "), std::string::npos) << limit << outcome.err;
    EXPECT_EQ(outcome.err.find("left out"), std::string::npos) << limit << ": " << outcome.err;
    return outcome.exit_code;
  }

  Sandbox box_;
};

TEST_F(TrainingLimitsTest, TooLittleAddressSpaceIsAnError) {
  constexpr int kEnough = 8000;
  int refused = 0;
  for (int mib = 500, code = -1; code != 0; mib += 20) {
    ASSERT_LT(mib, kEnough);
    const std::string limit = "ulimit -v " + std::to_string(mib * 1024);
    if (Under(limit, "--version").exit_code != 0) continue;
    code = Train(limit, "--threads 1");
    refused += code == kResource ? 1 : 0;
  }
  EXPECT_GT(refused, 0);
}

// Root has no limit on threads; each needs some megabytes of address space for its stack.
TEST_F(TrainingLimitsTest, ThreadsThatCannotStartAreAnError) {
  ASSERT_EQ(Train("true", "--threads 2"), 0);
  fs::rename(box_.Path("run"), box_.Path("trained"));
  for (const char* limit : {"ulimit -v 3000000", "ulimit -v 1500000", "ulimit -v 1200000"}) {
    EXPECT_EQ(Train(limit, "--threads 256"), kResource) << limit;
    const Outcome outcome = Under(
        limit, "evaluate --model trained/latest --corpus corpus --held-out 0.2 --threads 256");
    EXPECT_EQ(outcome.exit_code, kResource) << limit << ": " << outcome.err;
  }
}

TEST_F(TrainingLimitsTest, TooFewFileHandlesAreAnError) {
  EXPECT_EQ(Train("ulimit -n 4", "--threads 1"), kResource);
  EXPECT_EQ(Train("ulimit -n 64", "--threads 1"), 0);
  for (int handles = 5; handles < 10; ++handles) {
    Train("ulimit -n " + std::to_string(handles), "--threads 1");
  }
}

TEST_F(TrainingLimitsTest, TooFewFileHandlesForSeveralProcessesAreAnError) {
  const std::string two = "--threads 1 --nproc 2 --packs-per-step 2";
  for (const char* handles : {"4", "5", "7", "10", "16", "20"}) {
    EXPECT_EQ(Train(std::string("ulimit -n ") + handles, two), kResource) << handles;
  }
  for (int handles = 22; handles < 32; handles += 2) {
    Train("ulimit -n " + std::to_string(handles), two);
  }
  EXPECT_EQ(Train("ulimit -n 64", two), 0);
}

}  // namespace
}  // namespace kani::tests
