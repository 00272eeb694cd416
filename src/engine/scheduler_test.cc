// Whatever starts, leaves, pauses or is cancelled beside a request, its samples are those it has
// alone. Driven step by step here, so that every schedule can be repeated; scheduler_thread_test.cc
// has the threads.
#include "engine/scheduler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/random.h"
#include "engine/engine.h"
#include "engine/testing.h"

namespace kani::engine {
namespace {

/// A request under way, and what was read of it.
struct Reader {
  SpeechStream stream;
  size_t variant = 0;
  int patience = 1;  // reads in one of so many rounds
  std::vector<float> pcm;
  bool ended = false;

  void TryRead() {
    std::vector<float> chunk;
    ReadResult result;
    while ((result = stream.TryRead(chunk)) == ReadResult::kPcm) {
      pcm.insert(pcm.end(), chunk.begin(), chunk.end());
    }
    ended = result == ReadResult::kEnd;
  }
};

bool IsBeginning(const std::vector<float>& part, const std::vector<float>& whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

class SchedulerTest : public testing::Test {
 protected:
  static std::unique_ptr<Engine> NewEngine(SchedulerLimits limits = {}, int threads = 1) {
    return std::make_unique<Engine>(
        EngineOptions{.paths = MiniPaths(), .threads = threads, .limits = limits});
  }
  /// Steps until nothing is to be done any more.
  static void StepOut(Engine& engine) {
    while (engine.scheduler().Step()) {
    }
  }
  static std::vector<float> ReadOut(Engine& engine, SpeechStream stream) {
    Reader reader{std::move(stream)};
    while (!reader.ended) {
      engine.scheduler().Step();
      reader.TryRead();
    }
    return reader.pcm;
  }
};

// Sanitizers take 5 to 20 times as long, and find nothing in later rounds that is not in the first.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr int kRandomRounds = 100;
#else
constexpr int kRandomRounds = 400;
#endif

TEST_F(SchedulerTest, RandomSchedulesLeaveEveryRequestItsSamples) {
  for (const int threads : {1, 2, 3}) {
    const SchedulerLimits limits{.streams = 3, .requests = 6, .kv_rows = 400};
    const auto engine = NewEngine(limits, threads);
    Scheduler& scheduler = engine->scheduler();
    const CounterRandom random(static_cast<uint64_t>(threads));
    uint64_t draws = 0;
    const auto below = [&](int count) {
      return static_cast<int>(random.Uniform(draws++) * static_cast<double>(count));
    };
    std::vector<Reader> readers;
    int finished = 0, cancelled = 0, refused = 0;
    for (int round = 0; round < kRandomRounds || !readers.empty(); ++round) {
      if (round < kRandomRounds && below(4) == 0) {
        const auto variant = static_cast<size_t>(below(std::ssize(Variants())));
        const Delivery delivery{.pieces_at_once = 1 + below(4),
                                .queue_seconds = below(2) == 0 ? 0.01 : 10};
        try {
          readers.push_back({engine->Submit(Variants()[variant], delivery), variant, 1 + below(9)});
        } catch (const Error& error) {
          ASSERT_EQ(error.code(), ErrorCode::kResourceExhausted) << error.what();
          ++refused;
        }
      }
      scheduler.Step();
      ASSERT_LE(scheduler.status().kv_rows, limits.kv_rows);
      ASSERT_LE(scheduler.status().requests, limits.requests);
      for (Reader& reader : readers) {
        if (below(reader.patience) == 0) reader.TryRead();
        const std::vector<float>& alone = Alone()[reader.variant];
        ASSERT_TRUE(IsBeginning(reader.pcm, alone)) << reader.variant << " round " << round;
        if (!reader.ended) continue;
        ASSERT_EQ(reader.pcm, alone) << reader.variant << " round " << round;
        ++finished;
      }
      std::erase_if(readers, [](const Reader& reader) { return reader.ended; });
      if (!readers.empty() && below(40) == 0) {
        readers.erase(readers.begin() + below(static_cast<int>(readers.size())));
        ++cancelled;
      }
    }
    StepOut(*engine);
    EXPECT_EQ(scheduler.status().requests, 0);
    EXPECT_EQ(scheduler.status().kv_rows, 0);
    EXPECT_GT(finished, kRandomRounds / 40);
    EXPECT_GT(cancelled, kRandomRounds / 130);
    EXPECT_GT(refused, 0);
  }
}

TEST_F(SchedulerTest, PiecesSideBySideAreThoseOneAfterTheOther) {
  const auto engine = NewEngine();
  SpeechRequest request = TestRequest(5, 8);
  for (const int rate_hz : {0, 16000}) {
    request.output_sample_rate_hz = rate_hz;
    const std::vector<float> expected = Collect(*engine, request);
    ASSERT_GT(expected.size(), 20000u);
    for (const int64_t pieces : {2, 3, 16}) {
      EXPECT_EQ(Collect(*engine, request, {.pieces_at_once = pieces}), expected) << pieces;
    }
  }
}

TEST_F(SchedulerTest, ALongTextDoesNotHoldUpAnother) {
  const auto engine = NewEngine({.streams = 4});
  Scheduler& scheduler = engine->scheduler();
  const SpeechRequest book = TestRequest(5, 16);
  const std::vector<float> expected = Collect(*engine, book);
  Reader reader{engine->Submit(book, {.pieces_at_once = 4})};
  for (int step = 0; step < 6; ++step) scheduler.Step();
  ASSERT_EQ(scheduler.status().pieces, 4);
  // All places are taken, and yet the newcomer's first chunk comes within a frame and its prompt.
  SpeechRequest greeting = TestRequest(6, 1);
  SpeechStream newcomer = engine->Submit(greeting);
  std::vector<float> chunk;
  int steps = 0;
  while (newcomer.TryRead(chunk) == ReadResult::kNothingYet) {
    scheduler.Step();
    ++steps;
  }
  EXPECT_LE(steps, 8);
  EXPECT_EQ(scheduler.status().requests, 2);
  while (!reader.ended) {
    scheduler.Step();
    reader.TryRead();
  }
  EXPECT_EQ(reader.pcm, expected);
}

TEST_F(SchedulerTest, RequestsWithoutAPlaceGetOneAtTheEndOfAPiece) {
  const auto engine = NewEngine({.streams = 1});
  Reader book{engine->Submit(TestRequest(5, 6))};
  Reader note{engine->Submit(TestRequest(6, 1))};
  while (!note.ended) {
    engine->scheduler().Step();
    book.TryRead();
    note.TryRead();
  }
  EXPECT_FALSE(book.ended);
  EXPECT_EQ(book.stream.stats().text_chunks, 1);
  StepOut(*engine);
  book.TryRead();
  EXPECT_EQ(book.pcm, Collect(*engine, TestRequest(5, 6)));
}

TEST_F(SchedulerTest, AReaderWhoStopsPausesHisRequestAlone) {
  const auto engine = NewEngine({.streams = 1});
  const SpeechRequest request = TestRequest(3, 4);
  Reader stopped{engine->Submit(request, {.queue_seconds = 0.1})};
  StepOut(*engine);
  EXPECT_LE(stopped.stream.stats().text_chunks, 1) << "it went on";
  // Its place in the steps is free for others.
  const SpeechRequest other = TestRequest(4, 1);
  EXPECT_FALSE(ReadOut(*engine, engine->Submit(other)).empty());
  EXPECT_EQ(engine->scheduler().status().requests, 1);
  stopped.TryRead();
  const size_t waited = stopped.pcm.size();
  EXPECT_GE(waited, 2205u);
  EXPECT_LE(waited, 2205u + 16 * 1764) << "more than its limit and a chunk";
  while (!stopped.ended) {
    engine->scheduler().Step();
    stopped.TryRead();
  }
  EXPECT_EQ(stopped.pcm, Collect(*engine, request));
}

TEST_F(SchedulerTest, ACancelledRequestTakesNoFurtherStep) {
  const auto engine = NewEngine();
  Scheduler& scheduler = engine->scheduler();
  for (const int steps : {0, 1, 2, 5, 9}) {
    SpeechStream stream = engine->Submit(TestRequest(3, 4), {.pieces_at_once = 3});
    for (int step = 0; step < steps; ++step) scheduler.Step();
    const int64_t before = scheduler.status().steps;
    { const SpeechStream gone = std::move(stream); }
    EXPECT_FALSE(scheduler.Step());
    EXPECT_EQ(scheduler.status().steps, before);
    EXPECT_EQ(scheduler.status().requests, 0);
    EXPECT_EQ(scheduler.status().kv_rows, 0);
  }
  SpeechStream stream = engine->Submit(TestRequest(3, 1));
  stream.Cancel();
  std::vector<float> pcm;
  EXPECT_EQ(stream.TryRead(pcm), ReadResult::kEnd);
  EXPECT_EQ(stream.stats().stop_reason, StopReason::kCancelled);
}

TEST_F(SchedulerTest, AFailureEndsItsRequestAlone) {
  const auto engine = NewEngine();
  const SpeechRequest sound = TestRequest(3, 2);
  const std::vector<float> expected = Collect(*engine, sound);
  SpeechRequest loud = sound;
  loud.voice->embedding.assign(loud.voice->embedding.size(), 3e38f);
  SpeechStream failing = engine->Submit(loud);
  EXPECT_EQ(ReadOut(*engine, engine->Submit(sound)), expected);
  std::vector<float> pcm;
  try {
    failing.TryRead(pcm);
    FAIL() << "it did not fail";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidFile);
    EXPECT_STREQ(error.what(), "the logits are not finite: weights or voice are damaged");
  }
  EXPECT_EQ(engine->scheduler().status().requests, 0);
}

TEST_F(SchedulerTest, WhatIsTooMuchIsRefusedAtTheDoor) {
  const auto engine = NewEngine({.requests = 2, .kv_rows = 100});
  const auto code = [&](const SpeechRequest& request, const Delivery& delivery) {
    try {
      engine->Submit(request, delivery);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::kInternal;
  };
  SpeechRequest request = TestRequest(1, 1);
  request.max_seconds = 60;
  EXPECT_EQ(code(request, {}), ErrorCode::kResourceExhausted);
  request = TestRequest(1, 1);
  EXPECT_EQ(code(request, {.pieces_at_once = 0}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(request, {.queue_seconds = 0}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(request, {.queue_seconds = std::numeric_limits<double>::quiet_NaN()}),
            ErrorCode::kInvalidArgument);
  request.output_sample_rate_hz = 7;
  EXPECT_EQ(code(request, {}), ErrorCode::kInvalidArgument);
  request = TestRequest(1, 1);
  request.voice->embedding.resize(5);
  EXPECT_EQ(code(request, {}), ErrorCode::kInvalidArgument);
  const SpeechStream first = engine->Submit(TestRequest(1, 1));
  const SpeechStream second = engine->Submit(TestRequest(1, 1));
  EXPECT_EQ(code(TestRequest(1, 1), {}), ErrorCode::kResourceExhausted);
  StepOut(*engine);  // the two are over, though nobody has read them
  EXPECT_FALSE(ReadOut(*engine, engine->Submit(TestRequest(1, 1))).empty());
  EXPECT_THROW(NewEngine({.streams = 0}), Error);
}

TEST_F(SchedulerTest, EqualBeginningsArePrefilledOnce) {
  const SpeechRequest request = TestRequest(2, 1);
  const auto without = NewEngine({.prompt_cache_bytes = 0});
  const std::vector<float> expected = Collect(*without, request);
  const auto engine = NewEngine();
  for (int time = 0; time < 4; ++time) EXPECT_EQ(Collect(*engine, request), expected) << time;
  const int64_t saved = engine->scheduler().status().prompt_rows_saved;
  EXPECT_GT(saved, 20) << "two of four began behind all rows but the last";
  // Another text shares the voice, another voice only the row before it.
  SpeechRequest other = request;
  other.text = "Something else.";
  const std::vector<float> other_expected = Collect(*without, other);
  for (int time = 0; time < 3; ++time) EXPECT_EQ(Collect(*engine, other), other_expected) << time;
  other.voice = MiniVoice("edwin");
  const std::vector<float> voice_expected = Collect(*without, other);
  for (int time = 0; time < 3; ++time) EXPECT_EQ(Collect(*engine, other), voice_expected) << time;
  EXPECT_EQ(without->scheduler().status().prompt_rows_saved, 0);
}

TEST_F(SchedulerTest, RequestsEndWithTheirEngine) {
  auto engine = NewEngine();
  SpeechStream submitted = engine->Submit(TestRequest(1, 1));
  engine->scheduler().Step();
  SpeechStream waiting = engine->Submit(TestRequest(1, 1));
  engine.reset();
  std::vector<float> pcm;
  for (SpeechStream* stream : {&submitted, &waiting}) {
    try {
      while (stream->Read(pcm)) {
      }
      ADD_FAILURE() << "it came to an end";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCancelled);
    }
  }
}

}  // namespace
}  // namespace kani::engine
