#include "text/pauses.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace kani::text {
namespace {

TEST(PausesTest, ReadsDurations) {
  EXPECT_EQ(ParseDurationMs("1.5s"), 1500);
  EXPECT_EQ(ParseDurationMs("300ms"), 300);
  EXPECT_EQ(ParseDurationMs("2 s"), 2000);
  EXPECT_EQ(ParseDurationMs("0s"), 0);
  for (const char* written :
       {"", "s", "1", "-1s", "1m", "1.5 sec", "inf s", "nans", "1e3s", " 1s"}) {
    EXPECT_FALSE(ParseDurationMs(written)) << written;
  }
}

TEST(PausesTest, SplitsATextAtItsPauses) {
  const auto passages = SplitAtPauses("One. [pause 1.5s] Two[Pause 300ms]");
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_EQ(passages[0].text, "One. ");
  EXPECT_EQ(passages[0].pause_after_ms, 1500);
  EXPECT_EQ(passages[1].text, " Two");
  EXPECT_EQ(passages[1].pause_after_ms, 300);
}

TEST(PausesTest, LeavesWhatIsNoPause) {
  for (const char* text : {"[pause]", "[pause long]", "[pause 1.5s", "[ pause 1s]", "[]", "["}) {
    const auto passages = SplitAtPauses(text);
    ASSERT_EQ(passages.size(), 1u) << text;
    EXPECT_EQ(passages[0].text, text);
    EXPECT_FALSE(passages[0].pause_after_ms);
  }
}

TEST(PausesTest, RefusesAPauseOfMoreThanAMinute) {
  EXPECT_THROW(SplitAtPauses("Wait [pause 61s] now"), Error);
  EXPECT_THROW(SplitAtPauses("[pause 9999999999999999999s]"), Error);
}

}  // namespace
}  // namespace kani::text
