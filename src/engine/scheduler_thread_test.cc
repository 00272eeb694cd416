// Callers and readers on threads of their own. Run under a thread sanitizer too.
#include "engine/scheduler_thread.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "engine/testing.h"

namespace kani::engine {
namespace {

TEST(SchedulerThreadTest, ReadersOnTheirOwnThreadsGetWhatTheyGetAlone) {
  const auto& alone = Alone();
  for (const int threads : {1, 2}) {
    Engine engine(
        {.paths = MiniPaths(), .threads = threads, .limits = {.streams = 3, .requests = 100}});
    std::vector<std::thread> callers;
    {
      const SchedulerThread driver(engine.scheduler());
      for (uint64_t caller = 0; caller < 4; ++caller) {
        callers.emplace_back([&, caller] {
          const CounterRandom random(caller);
          for (uint64_t request = 0; request < 4; ++request) {
            const size_t variant = random.Bits(3 * request) % alone.size();
            const Delivery delivery{.pieces_at_once = 1 + random.Bits(3 * request + 1) % 3,
                                    .queue_seconds = request % 2 == 0 ? 0.05 : 5};
            SpeechStream stream = engine.Submit(Variants()[variant], delivery);
            // Some leave early, some read slowly.
            const size_t stop = request == 3 ? 3000 : alone[variant].size();
            std::vector<float> chunk, pcm;
            while (pcm.size() < stop && stream.Read(chunk)) {
              pcm.insert(pcm.end(), chunk.begin(), chunk.end());
              if (caller == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
            }
            ASSERT_LE(pcm.size(), alone[variant].size());
            ASSERT_TRUE(std::equal(pcm.begin(), pcm.end(), alone[variant].begin()));
            ASSERT_GE(pcm.size(), stop);
          }
        });
      }
      for (std::thread& caller : callers) caller.join();
    }
    EXPECT_FALSE(engine.scheduler().driven());
    engine.scheduler().Step();
    EXPECT_EQ(engine.scheduler().status().requests, 0);
    EXPECT_EQ(engine.scheduler().status().kv_rows, 0);
  }
}

TEST(SchedulerThreadTest, SpeakFromSeveralThreadsWhereOneDrives) {
  Engine engine({.paths = MiniPaths(), .threads = 1});
  const SchedulerThread driver(engine.scheduler());
  EXPECT_THROW(SchedulerThread(engine.scheduler()), Error);
  std::vector<std::thread> callers;
  for (size_t variant = 0; variant < Variants().size(); ++variant) {
    callers.emplace_back(
        [&, variant] { EXPECT_EQ(Collect(engine, Variants()[variant]), Alone()[variant]); });
  }
  for (std::thread& caller : callers) caller.join();
}

TEST(SchedulerThreadTest, AnotherMayDriveOnWhereOneStopped) {
  Engine engine({.paths = MiniPaths(), .threads = 2});
  SpeechStream stream = engine.Submit(Variants()[3]);
  std::vector<float> chunk, pcm;
  for (bool going = true; going;) {
    const SchedulerThread driver(engine.scheduler());
    going = stream.Read(chunk);
    pcm.insert(pcm.end(), chunk.begin(), chunk.end());
  }
  EXPECT_EQ(pcm, Alone()[3]);
}

TEST(SchedulerThreadTest, CancellingWakesTheReader) {
  Engine engine({.paths = MiniPaths(), .threads = 1});  // nobody drives: nothing will come
  SpeechStream stream = engine.Submit(Variants()[0]);
  std::thread canceller([&] { stream.Cancel(); });
  std::vector<float> pcm;
  EXPECT_FALSE(stream.Read(pcm));
  canceller.join();
}

}  // namespace
}  // namespace kani::engine
