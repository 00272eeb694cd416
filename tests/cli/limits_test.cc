// What the program does when the system gives it no more: memory, threads, file handles. It ends in
// one line and the exit code for it, never in a hang or by a signal.

#include <gtest/gtest.h>

#include <string>

#include "tests/cli/program.h"

namespace kani::tests {
namespace {

constexpr int kIo = 6, kResource = 7, kNotLoaded = 127;

std::string Quote(const Arguments& arguments) {
  std::string line;
  for (const std::string& argument : arguments) line += " '" + argument + "'";
  return line;
}

class LimitsTest : public testing::Test {
 protected:
  /// @param limit what sh does before it becomes the program
  Outcome Under(const std::string& limit, const Arguments& arguments) const {
    return box_.Shell(limit + " && exec \"$KANI\"" + Quote(arguments));
  }

  /// Speaks under `limit`. @return the exit code: 0, kResource, or kNotLoaded when there was too
  /// little for the dynamic linker itself
  int Speak(const std::string& limit, const Arguments& more) const {
    const Outcome outcome = Under(limit, Arguments{"speak", "Hi.", "-o", "out.wav"} + more);
    if (outcome.exit_code == 0) {
      std::filesystem::remove(box_.Path("out.wav"));
    } else if (outcome.exit_code != kNotLoaded) {
      EXPECT_EQ(outcome.exit_code, kResource) << limit << ": " << outcome.err;
      EXPECT_TRUE(outcome.err.starts_with("kani: error: ")) << limit << ": " << outcome.err;
      EXPECT_EQ(outcome.err.find('\n'), outcome.err.size() - 1) << outcome.err;
    }
    EXPECT_TRUE(box_.Entries().empty()) << limit;
    return outcome.exit_code;
  }

  Sandbox box_;
};

// Sanitizers reserve more address space than any limit leaves, and without handles for a pipe they
// take objects for broken.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_F(LimitsTest, TooLittleAddressSpaceIsAnError) {
  constexpr int kEnough = 2000;
  int refused = 0;
  for (int mib = 40, code = -1; code != 0; mib += 3) {
    ASSERT_LT(mib, kEnough);
    code = Speak("ulimit -v " + std::to_string(mib * 1024),
                 Arguments{"--voice", "none", "--threads", "2"} + GoldenModel());
    refused += code == kResource ? 1 : 0;
  }
  EXPECT_GT(refused, 0);
}

// Root has no limit on threads; each needs some megabytes of address space for its stack.
TEST_F(LimitsTest, ThreadsThatCannotStartAreAnError) {
  const Arguments many = Arguments{"--voice", "none", "--threads", "256"} + GoldenModel();
  for (const char* limit : {"ulimit -v 1500000", "ulimit -v 1000000", "ulimit -v 500000"}) {
    EXPECT_EQ(Speak(limit, many), kResource) << limit;
  }
}

TEST_F(LimitsTest, TooFewFileHandlesAreAnError) {
  // A folder of voices is open while each of them is read.
  const Arguments voice{"--model", "mini", "--voice", "ada"};
  EXPECT_EQ(Speak("ulimit -n 4", voice), kResource);
  EXPECT_EQ(Speak("ulimit -n 64", voice), 0);
  for (int handles = 3; handles < 10; ++handles) {
    Speak("ulimit -n " + std::to_string(handles), voice);
  }
}
#endif

TEST_F(LimitsTest, AFullDiskStaysAnErrorOfWriting) {
  const Outcome outcome = Under(
      "ulimit -f 1", Arguments{"speak", "Hi.", "--voice", "none", "-o", "a.wav"} + GoldenModel());
  EXPECT_EQ(outcome.exit_code, kIo) << outcome.err;
}

TEST_F(LimitsTest, APrivateFileStaysPrivate) {
  box_.Write("out.wav", "old");
  const Outcome outcome =
      Under("umask 022 && chmod 600 out.wav",
            Arguments{"speak", "Hi.", "--voice", "none", "-o", "out.wav"} + GoldenModel());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(std::filesystem::status(box_.Path("out.wav")).permissions(),
            std::filesystem::perms(0600));
}

}  // namespace
}  // namespace kani::tests
