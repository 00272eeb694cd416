#include "engine/pcm_queue.h"

#include <gtest/gtest.h>

#include <numeric>
#include <thread>

#include "base/error.h"

namespace kani::engine {
namespace {

class PcmQueueTest : public testing::Test {
 protected:
  std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  PcmQueue queue_{bell_, 100, 10, {}};
  std::vector<float> pcm_;
};

TEST_F(PcmQueueTest, IsFullFromItsLimitUntilSomethingWasRead) {
  queue_.Push(std::vector<float>(9));
  EXPECT_FALSE(queue_.full());
  queue_.Push({1, 2});
  EXPECT_TRUE(queue_.full());
  queue_.Push({3});  // taken all the same
  const uint32_t rings = bell_->rings();
  EXPECT_EQ(queue_.TryRead(pcm_), ReadResult::kPcm);
  EXPECT_NE(bell_->rings(), rings);
  EXPECT_FALSE(queue_.full());
  EXPECT_EQ(queue_.TryRead(pcm_), ReadResult::kPcm);
  EXPECT_EQ(pcm_, (std::vector<float>{1, 2}));
  EXPECT_EQ(queue_.TryRead(pcm_), ReadResult::kPcm);
  EXPECT_EQ(queue_.TryRead(pcm_), ReadResult::kNothingYet);
  EXPECT_DOUBLE_EQ(queue_.stats().audio_seconds, 0.12);
}

TEST_F(PcmQueueTest, WhatWasPushedIsReadBeforeTheEndOrTheError) {
  for (const bool with_error : {false, true}) {
    PcmQueue queue(bell_, 100, 10, {});
    queue.Push({1});
    queue.Close(with_error ? std::make_exception_ptr(Error(ErrorCode::kIo, "broken")) : nullptr);
    queue.Push({2});  // too late
    queue.Close({});  // the first counts
    EXPECT_TRUE(queue.Read(pcm_));
    if (with_error) {
      EXPECT_THROW(queue.Read(pcm_), Error);
      EXPECT_THROW(queue.TryRead(pcm_), Error);
    } else {
      EXPECT_FALSE(queue.Read(pcm_));
      EXPECT_EQ(queue.TryRead(pcm_), ReadResult::kEnd);
    }
  }
}

TEST_F(PcmQueueTest, CancellingDropsWhatWaitsAndStopsTheWriter) {
  queue_.Push({1});
  const uint32_t rings = bell_->rings();
  queue_.Cancel();
  EXPECT_NE(bell_->rings(), rings);
  EXPECT_TRUE(queue_.cancelled());
  queue_.Push({2});
  queue_.Account([](SpeechStats& stats) { stats.stop_reason = StopReason::kLengthLimit; });
  EXPECT_EQ(queue_.TryRead(pcm_), ReadResult::kEnd);
  EXPECT_EQ(queue_.stats().stop_reason, StopReason::kCancelled);
}

TEST_F(PcmQueueTest, CancellingWhatIsReadToTheEndChangesNothing) {
  queue_.Push({1});
  queue_.Close();
  EXPECT_TRUE(queue_.Read(pcm_));
  EXPECT_FALSE(queue_.Read(pcm_));
  queue_.Cancel();
  EXPECT_EQ(queue_.stats().stop_reason, StopReason::kEnd);
}

TEST_F(PcmQueueTest, AWriterAndAReaderOnThreadsLoseNothing) {
  std::thread writer([&] {
    for (int i = 0; i < 500; ++i) {
      for (;;) {
        const uint32_t rings = bell_->rings();
        if (!queue_.full()) break;
        bell_->Wait(rings);
      }
      queue_.Push({static_cast<float>(2 * i), static_cast<float>(2 * i + 1)});
    }
    queue_.Close();
  });
  std::vector<float> all, expected(1000);
  while (queue_.Read(pcm_)) all.insert(all.end(), pcm_.begin(), pcm_.end());
  writer.join();
  std::iota(expected.begin(), expected.end(), 0.0f);
  EXPECT_EQ(all, expected);
}

}  // namespace
}  // namespace kani::engine
