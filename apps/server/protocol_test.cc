// Messages of WebSockets and Wyoming, and text that arrives in pieces.
#include <gtest/gtest.h>

#include <thread>

#include "apps/server/api_error.h"
#include "apps/server/text_feed.h"
#include "apps/server/websocket_message.h"
#include "apps/server/wyoming_event.h"
#include "base/testing.h"

namespace kani::server {
namespace {

TEST(SocketCommandTest, ReadsOursAndTheCommunitys) {
  const SocketCommand text =
      ParseSocketCommand(R"({"type": "text", "request_id": "a", "text": "Hi"})");
  EXPECT_EQ(text.kind, SocketCommand::Kind::kText);
  EXPECT_EQ(text.request_id, "a");
  EXPECT_EQ(text.text, "Hi");
  const SocketCommand generate =
      ParseSocketCommand(R"({"type": "generate", "input": "Hi", "voice": "ada"})");
  EXPECT_EQ(generate.kind, SocketCommand::Kind::kGenerate);
  EXPECT_EQ(generate.fields["voice"], "ada");
  EXPECT_EQ(ParseSocketCommand(R"({"type": "cancel"})").kind, SocketCommand::Kind::kCancel);
  for (const char* bad :
       {"", "[]", "{}", R"({"type": 1})", R"({"type": "sing"})", R"({"type": "text", "text": 1})",
        R"({"type": "end", "request_id": 7})"}) {
    EXPECT_THROW(ParseSocketCommand(bad), ApiError) << bad;
  }
}

TEST(WyomingTest, AnEventComesBackHoweverItsBytesArrive) {
  const std::string bytes =
      WyomingBytes({.type = "audio-chunk", .data = {{"rate", 22050}}, .payload = "12\n34"}) +
      "{\"type\": \"synthesize\", \"data\": {\"a\": 1}, \"data_length\": 8}\n{\"b\": 2}" +
      "{\"type\": \"ping\"}\n";
  for (const size_t step : {size_t{1}, size_t{7}, bytes.size()}) {
    WyomingReader reader;
    std::vector<WyomingEvent> events;
    for (size_t at = 0; at < bytes.size(); at += step) {
      reader.Append(std::string_view(bytes).substr(at, step));
      while (auto event = reader.Next()) events.push_back(std::move(*event));
    }
    ASSERT_EQ(events.size(), 3u);
    EXPECT_EQ(events[0].data["rate"], 22050);
    EXPECT_EQ(events[0].payload, "12\n34");
    EXPECT_EQ(events[1].data, (nlohmann::json{{"a", 1}, {"b", 2}}));
    EXPECT_EQ(events[2].type, "ping");
  }
}

TEST(WyomingTest, WhatIsNoEventIsRefused) {
  for (const std::string& bad :
       {std::string("GET / HTTP/1.1\n"), std::string("{}\n"), std::string("[]\n"),
        std::string("{\"type\": \"x\", \"data_length\": -1}\n"),
        std::string("{\"type\": \"x\", \"payload_length\": 99999999}\n"),
        std::string("{\"type\": \"x\", \"data\": 1}\n"),
        std::string("{\"type\": \"x\", \"data_length\": 2}\n[]"),
        std::string(WyomingReader::kMaxHeaderBytes + 2, ' ')}) {
    WyomingReader reader;
    reader.Append(bad);
    EXPECT_NE(Failure([&] { reader.Next(); }), "accepted") << bad.substr(0, 60);
  }
}

TEST(TextFeedTest, ASentenceLeavesWhenTheNextHasBegun) {
  EXPECT_EQ(WholeSentences("Hello there", "en"), 0u);
  EXPECT_EQ(WholeSentences("Hello there. ", "en"), 0u);
  EXPECT_EQ(WholeSentences("Hello there. H", "en"), 13u);
  EXPECT_EQ(WholeSentences("It costs 3.14 euros", "en"), 0u);
  EXPECT_EQ(WholeSentences("Ask Dr. Smith", "en"), 0u);
  EXPECT_EQ(WholeSentences("One. Two! Three", "en"), 10u);
}

TEST(TextFeedTest, PiecesOfAnySizeGiveTheSameSentences) {
  const std::string text = "Hello, Mr. Brown. How are you? It is 3.14 p.m. now! Bye";
  for (const size_t size : {text.size(), size_t{1}, size_t{5}}) {
    TextFeed feed("en", 1000);
    std::string all;
    int sentences_read = 0;
    std::thread writer([&] {
      for (size_t at = 0; at < text.size(); at += size) feed.Append(text.substr(at, size));
      feed.End();
    });
    while (const auto sentences = feed.Take()) {
      EXPECT_NE(sentences->find_last_of(".?!ye"), std::string::npos);
      all += *sentences;
      ++sentences_read;
    }
    writer.join();
    EXPECT_EQ(sentences_read, 4) << "in pieces of " << size;
    EXPECT_EQ(all, text);
  }
}

TEST(TextFeedTest, FlushGivesHalfASentenceAndCancelNone) {
  TextFeed feed("en", 1000);
  feed.Append("Half a");
  feed.Flush();
  EXPECT_EQ(feed.Take(), "Half a");
  feed.Append(" sentence. And more");
  feed.Cancel();
  EXPECT_EQ(feed.Take(), std::nullopt);
  feed.Append("late");
  EXPECT_EQ(feed.Take(), std::nullopt);
}

TEST(TextFeedTest, ItIsBoundedAndTakesTextOnly) {
  TextFeed feed("en", 10);
  feed.Append(std::string(40, 'x'));
  EXPECT_TRUE(Failure([&] { feed.Append("x"); }).starts_with("resource_exhausted: "));
  EXPECT_TRUE(Failure([&] { feed.Append("\xff"); }).starts_with("invalid_argument: "));
}

}  // namespace
}  // namespace kani::server
