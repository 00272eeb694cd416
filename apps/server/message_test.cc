#include "apps/server/message.h"

#include <gtest/gtest.h>

#include "apps/server/http_head.h"
#include "apps/server/outbox.h"
#include "apps/server/playout.h"
#include "apps/server/worker_pool.h"
#include "base/testing.h"

namespace kani::server {
namespace {

TEST(MessageTest, HeadersAreFoundWithoutCase) {
  Headers headers;
  headers.Add("Content-Type", "a/b");
  EXPECT_EQ(headers.Find("content-type"), "a/b");
  EXPECT_EQ(headers.Find("content"), std::nullopt);
}

TEST(MessageTest, PercentSignsAreDecodedOrRefused) {
  EXPECT_EQ(PercentDecoded("/a%20b%2Fc"), "/a b/c");
  for (const char* bad : {"%", "%2", "%zz", "a%00b"}) {
    EXPECT_EQ(PercentDecoded(bad), std::nullopt) << bad;
  }
}

TEST(MessageTest, AnyTextGoesThroughAPath) {
  const std::string text = "a/b c?d=\xc3\xb1&\x01%";
  EXPECT_EQ(PercentEncoded(text), "a%2Fb%20c%3Fd%3D%C3%B1%26%01%25");
  EXPECT_EQ(PercentDecoded(PercentEncoded(text)), text);
}

TEST(MessageTest, AQueryIsFound) {
  const Request request{.target = "/a?model=a%20b&x&model=c"};
  EXPECT_EQ(QueryValue(request, "model"), "a b");
  EXPECT_EQ(QueryValue(request, "x"), "");
  EXPECT_EQ(QueryValue(request, "y"), std::nullopt);
  EXPECT_EQ(QueryValue({.target = "/a"}, "model"), std::nullopt);
}

TEST(HttpHeadTest, NoValueBreaksOutOfItsLine) {
  Response response{.status = 404};
  response.headers.Add("X-Good", "1");
  response.headers.Add("X-Bad", "1\r\nX-Forged: 2");
  response.body = "12345";
  EXPECT_EQ(HeadBytes(response, Framing::kLength, true),
            "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 5\r\n"
            "Connection: keep-alive\r\nX-Good: 1\r\n\r\n");
}

TEST(HttpHeadTest, AnEmptyPartIsNotTheLastChunk) {
  EXPECT_EQ(Chunk(""), "");
  EXPECT_EQ(Chunk(std::string(17, 'x')), "11\r\n" + std::string(17, 'x') + "\r\n");
  const Response empty{.status = 204, .content_type = ""};
  EXPECT_EQ(HeadBytes(empty, Framing::kLength, false).find("Content-Length"), std::string::npos);
}

TEST(OutboxTest, WhoeverWaitsForAReaderWhoLeftGetsAnError) {
  Outbox outbox;
  outbox.Push({std::string(Outbox::kLimitBytes, 'x')});
  std::string failure;
  std::thread writer([&] { failure = Failure([&] { outbox.Push({"more"}); }); });
  outbox.Close();
  writer.join();
  EXPECT_TRUE(failure.starts_with("cancelled: ")) << failure;
  EXPECT_FALSE(outbox.Pop().has_value());
}

TEST(OutboxTest, ItIsBoundedAndKeepsTheOrder) {
  Outbox outbox;
  std::thread writer([&] {
    for (int i = 0; i < 100; ++i)
      outbox.Push({std::string(Outbox::kLimitBytes / 4, char('a' + i % 26))});
  });
  int received = 0;
  while (received < 100) {
    if (const auto item = outbox.Pop()) {
      EXPECT_EQ(item->bytes.front(), 'a' + received % 26);
      ++received;
    }
  }
  writer.join();
}

TEST(PlayoutTest, AListenerPausesWhenAllIsPlayed) {
  Playout playout;
  playout.Sent(10.0, 1.0);  // lasts until 11
  playout.Sent(10.5, 1.0);  // until 12
  EXPECT_EQ(playout.underruns(), 0);
  playout.Sent(12.5, 0.1);  // he waited half a second; until 12.6
  playout.Sent(12.6, 0.1);
  EXPECT_EQ(playout.underruns(), 1);
}

TEST(WorkerPoolTest, EveryTaskRunsAndNoMoreThreadsThanAllowed) {
  std::atomic<int> running{0}, most{0}, done{0};
  {
    WorkerPool pool(3);
    for (int i = 0; i < 50; ++i) {
      pool.Run([&] {
        const int now = ++running;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) continue;
        std::this_thread::yield();
        --running;
        ++done;
      });
    }
  }
  EXPECT_EQ(done, 50);
  EXPECT_LE(most, 3);
}

}  // namespace
}  // namespace kani::server
