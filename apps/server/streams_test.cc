// Speech over WebSockets and Wyoming, by bare sockets.
#include <map>

#include "apps/server/testing.h"
#include "apps/server/wyoming_event.h"
#include "audio/wav.h"

namespace kani::server {
namespace {

using nlohmann::json;

/// The client's side of RFC 6455, as far as it is needed here.
class SocketClient {
 public:
  SocketClient(uint16_t port, const std::string& path, const std::string& headers = "")
      : socket_(port) {
    socket_.Send(RequestBytes("GET", path, "",
                              "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                                  headers));
    status_ = ReadHead(socket_).status;
  }
  int status() const { return status_; }
  TestSocket& socket() { return socket_; }

  void Send(const json& message) { SendFrame(0x81, message.dump()); }
  void SendFrame(int first_byte, const std::string& payload) {
    std::string frame(1, static_cast<char>(first_byte));
    if (payload.size() < 126) {
      frame += static_cast<char>(0x80 | payload.size());
    } else {
      frame += static_cast<char>(0x80 | 126);
      frame += static_cast<char>(payload.size() >> 8);
      frame += static_cast<char>(payload.size() & 255);
    }
    frame += std::string(4, '\0');  // a mask of zeros
    socket_.Send(frame + payload);
  }
  /// The next message; pings are skipped. The opcode is 8 when it was closed, 0 at the end.
  std::pair<int, std::string> Receive() {
    for (;;) {
      const std::string head = socket_.Read(2);
      if (head.size() < 2) return {0, ""};
      size_t size = static_cast<unsigned char>(head[1]) & 127;
      for (int i = size == 126 ? 2 : (size == 127 ? 8 : 0), length = i; i > 0; --i) {
        if (i == length) size = 0;
        size = size << 8 | static_cast<unsigned char>(socket_.Read(1)[0]);
      }
      const int opcode = head[0] & 15;
      std::string payload = socket_.Read(size);
      if (opcode != 9) return {opcode, std::move(payload)};
    }
  }

 private:
  TestSocket socket_;
  int status_ = 0;
};

struct SpokenRequest {
  std::string audio;  // base64 of each piece, or bytes
  json started, last;
};

/// Reads until so many requests are over.
std::map<std::string, SpokenRequest> Collect(SocketClient& client, size_t requests) {
  std::map<std::string, SpokenRequest> spoken;
  for (size_t over = 0; over < requests;) {
    const auto [opcode, payload] = client.Receive();
    if (opcode == 2) {
      spoken[""].audio += payload;
      continue;
    }
    if (opcode != 1) break;
    const json event = json::parse(payload);
    SpokenRequest& request = spoken[event.value("request_id", "")];
    const std::string type = event["type"];
    if (type == "speech.audio.delta") {
      request.audio += event["audio"].get<std::string>();
    } else if (type == "generation.started") {
      request.started = event;
    } else {
      request.last = event;
      ++over;
    }
  }
  return spoken;
}

class StreamsTest : public ServerTest {
 protected:
  std::string PcmOf(json call, const std::string& path = "/v1/audio/speech") {
    call["response_format"] = "pcm";
    return Post(call, path).body;
  }
};

TEST_F(StreamsTest, TextInPiecesIsSpokenSentenceBySentence) {
  Start();
  SocketClient client(server_->port(), "/v1/audio/speech/stream");
  ASSERT_EQ(client.status(), 101);
  client.Send({{"type", "start"},
               {"request_id", "a"},
               {"voice", "heart"},
               {"seed", 7},
               {"max_seconds", 0.8},
               {"language", "en"}});
  for (const char* piece : {"Hel", "lo, how are", " you? I am", " well"}) {
    client.Send({{"type", "text"}, {"request_id", "a"}, {"text", piece}});
  }
  client.Send({{"type", "end"}, {"request_id", "a"}});
  const auto spoken = Collect(client, 1);
  const SpokenRequest& request = spoken.at("a");
  EXPECT_EQ(request.started["voice"], "heart");
  EXPECT_EQ(request.started["sample_rate"], 24000);
  EXPECT_EQ(request.last["type"], "generation.done") << request.last;
  EXPECT_EQ(request.last["stop_reason"], "length_limit") << request.last;
  json first = Short(), second = Short();
  first["language"] = second["language"] = "en";
  second["input"] = "I am well";
  second["seed"] = 8;
  const double seconds = static_cast<double>(PcmOf(first).size() + PcmOf(second).size()) / 48000;
  EXPECT_NEAR(request.last["audio_seconds"].get<double>(), seconds, 1e-6);
}

TEST_F(StreamsTest, SeveralRequestsShareASocket) {
  Start();
  SocketClient client(server_->port(), "/v1/audio/speech/stream");
  for (const char* id : {"a", "b", "c"}) {
    client.Send({{"type", "start"}, {"request_id", id}, {"voice", "heart"}, {"max_seconds", 0.5}});
    client.Send({{"type", "text"}, {"request_id", id}, {"text", "One sentence"}});
  }
  for (const char* id : {"c", "b"}) client.Send({{"type", "end"}, {"request_id", id}});
  client.Send({{"type", "cancel"}, {"request_id", "a"}});
  const auto spoken = Collect(client, 3);
  EXPECT_EQ(spoken.at("b").last["type"], "generation.done");
  EXPECT_EQ(spoken.at("c").last["type"], "generation.done");
  EXPECT_FALSE(spoken.at("b").audio.empty());
  EXPECT_EQ(spoken.at("a").last["type"], "generation.cancelled");
  EXPECT_TRUE(spoken.at("a").audio.empty());
}

TEST_F(StreamsTest, FlushSpeaksHalfASentence) {
  Start();
  SocketClient client(server_->port(), "/v1/audio/speech/stream");
  client.Send({{"type", "start"}, {"voice", "heart"}, {"max_seconds", 0.5}});
  client.Send({{"type", "text"}, {"text", "Half a sentence"}});
  client.Send({{"type", "flush"}});
  EXPECT_EQ(json::parse(client.Receive().second)["type"], "generation.started");
  EXPECT_EQ(json::parse(client.Receive().second)["type"], "speech.audio.delta");
  client.Send({{"type", "end"}});
  EXPECT_EQ(Collect(client, 1).at("").last["type"], "generation.done");
}

TEST_F(StreamsTest, TheCommunitysMessagesWork) {
  Start();
  SocketClient client(server_->port(), "/v1/ws/speech");
  json generate = Short();
  generate["type"] = "generate";
  client.Send(generate);
  const auto spoken = Collect(client, 1);
  EXPECT_EQ(spoken.at("").started["sample_rate"], 22050);
  EXPECT_TRUE(spoken.at("").audio == PcmOf(Short(), "/original/v1/audio/speech"));
  EXPECT_TRUE(spoken.at("").last["usage"].contains("time_to_first_byte"));

  json endless = Long();
  endless["type"] = "generate";
  client.Send(endless);
  EXPECT_EQ(json::parse(client.Receive().second)["type"], "generation.started");
  client.Send(generate);  // takes the place of the one before
  auto both = Collect(client, 2);
  EXPECT_EQ(both.at("").last["type"], "generation.done");
  EXPECT_EQ(server_->desk().speeches(), 0);
}

TEST_F(StreamsTest, WhatIsWrongDoesNotCloseTheSocket) {
  Start();
  SocketClient client(server_->port(), "/v1/audio/speech/stream");
  const auto refused = [&](const json& message) {
    client.Send(message);
    const json event = json::parse(client.Receive().second);
    return StrCat(event["type"].get<std::string>(), " ", event["error"]["code"].get<std::string>());
  };
  EXPECT_EQ(refused({{"type", "sing"}}), "error unknown_type");
  EXPECT_EQ(refused({{"type", "start"}, {"speed", 9}}), "error invalid_value");
  EXPECT_EQ(refused({{"type", "start"}, {"voice", "nobody"}}), "error voice_not_found");
  EXPECT_EQ(refused({{"type", "generate"}}), "error missing_field");
  json call = Short();
  call["type"] = "generate";
  call["voice"] = "nobody";
  EXPECT_EQ(refused(call), "error voice_not_found");
  client.SendFrame(0x81, "{");
  EXPECT_EQ(json::parse(client.Receive().second)["error"]["code"], "invalid_json");
}

TEST_F(StreamsTest, WhoClosesTheSocketEndsItsSpeech) {
  Start();
  {
    SocketClient client(server_->port(), "/v1/audio/speech/stream");
    json call = Long();
    call["type"] = "generate";
    client.Send(call);
    client.Receive();
    EXPECT_EQ(server_->desk().speeches(), 1);
  }
  EXPECT_TRUE(Eventually([&] { return server_->desk().speeches() == 0; }));
  EXPECT_TRUE(Eventually([&] { return server_->connections() == 0; }));
}

TEST_F(StreamsTest, APageOfAnotherSiteOpensNoSocket) {
  Start();
  EXPECT_EQ(
      SocketClient(server_->port(), "/v1/audio/speech/stream", "Origin: http://evil.example\r\n")
          .status(),
      403);
  EXPECT_EQ(SocketClient(server_->port(), "/v1/models").status(), 404);
}

/// A client of Wyoming.
class WyomingClient {
 public:
  explicit WyomingClient(uint16_t port) : socket_(port) {}
  void Send(const std::string& type, json data = json::object()) {
    socket_.Send(WyomingBytes({.type = type, .data = std::move(data)}));
  }
  WyomingEvent Receive() {
    for (;;) {
      if (auto event = reader_.Next()) return *event;
      const std::string byte = socket_.Read(1);
      if (byte.empty()) return {.type = "closed"};
      reader_.Append(byte);
    }
  }
  /// The audio until `end`, checked for its form.
  std::string Audio(const std::string& end) {
    std::string audio;
    int starts = 0, stops = 0;
    for (WyomingEvent event = Receive(); event.type != "closed"; event = Receive()) {
      starts += event.type == "audio-start";
      stops += event.type == "audio-stop";
      if (event.type == "audio-chunk") {
        EXPECT_EQ(event.data, (json{{"rate", 22050}, {"width", 2}, {"channels", 1}}));
        audio += event.payload;
      }
      if (event.type == end) {
        EXPECT_EQ(starts, 1);
        EXPECT_EQ(stops, 1);
        return audio;
      }
      if (event.type == "error") return event.data.dump();
    }
    return "closed";
  }

 private:
  TestSocket socket_;
  WyomingReader reader_;
};

class WyomingServerTest : public ServerTest {
 protected:
  WyomingServerTest() {
    ServerOptions options = Options();
    options.wyoming = {.port = 0};
    Start(options);
  }
};

TEST_F(WyomingServerTest, DescribesItsVoices) {
  WyomingClient client(server_->wyoming_port());
  client.Send("ping", {{"text", "hello"}});
  EXPECT_EQ(client.Receive().data["text"], "hello");
  client.Send("describe");
  const WyomingEvent info = client.Receive();
  EXPECT_EQ(info.type, "info");
  const json& program = info.data["tts"][0];
  EXPECT_EQ(program["supports_synthesize_streaming"], true);
  bool found = false;
  for (const json& voice : program["voices"]) found |= voice["name"] == "heart";
  EXPECT_TRUE(found);
}

TEST_F(WyomingServerTest, SpeaksATextAndOneThatComesInPieces) {
  WyomingClient client(server_->wyoming_port());
  const json voice{{"name", "heart"}, {"language", "en-US"}};
  client.Send("synthesize", {{"text", "Hello"}, {"voice", voice}});
  EXPECT_GT(client.Audio("audio-stop").size(), 2000u);
  client.Send("synthesize-start", {{"voice", voice}});
  client.Send("synthesize-chunk", {{"text", "Hello. And"}});
  client.Send("synthesize-chunk", {{"text", " more"}});
  client.Send("synthesize", {{"text", "Hello. And more"}, {"voice", voice}});
  client.Send("synthesize-stop");
  EXPECT_GT(client.Audio("synthesize-stopped").size(), 4000u);
  client.Send("synthesize", {{"text", "Hello"}, {"voice", {{"name", "nobody"}}}});
  EXPECT_NE(client.Audio("audio-stop").find("voice_not_found"), std::string::npos);
}

TEST_F(WyomingServerTest, ATextWithNothingToSayEndsAtOnce) {
  for (const char* text : {"", "\U0001F600"}) {
    WyomingClient client(server_->wyoming_port());
    client.Send("synthesize", {{"text", text}});
    const WyomingEvent start = client.Receive();
    EXPECT_EQ(start.type, "audio-start");
    EXPECT_GT(start.data["rate"], 0);
    EXPECT_EQ(client.Receive().type, "audio-stop");
  }
}

TEST_F(WyomingServerTest, WhoLeavesEndsItsSpeech) {
  {
    WyomingClient client(server_->wyoming_port());
    client.Send("synthesize", {{"text", Long()["input"]}, {"voice", {{"name", "heart"}}}});
    EXPECT_EQ(client.Receive().type, "audio-start");
  }
  EXPECT_TRUE(Eventually([&] { return server_->desk().speeches() == 0; }));
}

TEST_F(WyomingServerTest, WhatIsNoEventClosesTheConnection) {
  TestSocket socket(server_->wyoming_port());
  socket.Send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(socket.ReadAll(), "");
}

}  // namespace
}  // namespace kani::server
