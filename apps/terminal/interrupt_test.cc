#include "apps/terminal/interrupt.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

#include "apps/terminal/exit_codes.h"
#include "apps/terminal/program_name.h"
#include "base/error.h"

// stderr is compared by Eq(): as a pattern it would be compiled by Oniguruma's regcomp() and, under
// AddressSanitizer, matched by the C library's regexec(), which never returns.
namespace kani::terminal {
namespace {

TEST(InterruptDeathTest, EndsTheProcessAtOnceAsLongAsNothingIsHalfWritten) {
  for (const int signal : {SIGINT, SIGTERM}) {
    EXPECT_EXIT(
        {
          CatchInterrupts();
          { const OutputInProgress finished; }
          std::raise(signal);
          std::abort();
        },
        testing::ExitedWithCode(kExitCancelled), testing::Eq("kani: error: interrupted\n"));
  }
}

TEST(InterruptDeathTest, NamesTheProgram) {
  EXPECT_EXIT(
      {
        SetProgramName("kani-train");
        CatchInterrupts();
        std::raise(SIGINT);
        std::abort();
      },
      testing::ExitedWithCode(kExitCancelled), testing::Eq("kani-train: error: interrupted\n"));
}

TEST(InterruptDeathTest, WaitsForAnOutputThatIsBeingWritten) {
  EXPECT_EXIT(
      {
        CatchInterrupts();
        const OutputInProgress writing;
        std::raise(SIGINT);
        try {
          ThrowIfInterrupted();
        } catch (const Error& error) {
          std::_Exit(Interrupted() && error.code() == ErrorCode::kCancelled ? 0 : 1);
        }
      },
      testing::ExitedWithCode(0), testing::Eq(""));
}

TEST(InterruptDeathTest, TheSecondEndsTheProcessWhateverItDoes) {
  EXPECT_EXIT(
      {
        CatchInterrupts();
        const OutputInProgress writing;
        std::raise(SIGINT);
        std::raise(SIGINT);
      },
      testing::KilledBySignal(SIGINT), testing::Eq(""));
}

}  // namespace
}  // namespace kani::terminal
