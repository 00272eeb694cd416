#include "interrupt.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

#include "base/error.h"
#include "exit_codes.h"

namespace kani::cli {
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
        testing::ExitedWithCode(kExitCancelled), "^kani: error: interrupted\n$");
  }
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
      testing::ExitedWithCode(0), "^$");
}

TEST(InterruptDeathTest, TheSecondEndsTheProcessWhateverItDoes) {
  EXPECT_EXIT(
      {
        CatchInterrupts();
        const OutputInProgress writing;
        std::raise(SIGINT);
        std::raise(SIGINT);
      },
      testing::KilledBySignal(SIGINT), "^$");
}

}  // namespace
}  // namespace kani::cli
