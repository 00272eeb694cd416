// Thousands of broken requests over real sockets, made of the seeds of the fuzz targets: the server
// refuses each in its own words, and afterwards speaks as before.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <vector>

#include "apps/server/testing.h"

namespace kani::server {
namespace {

std::string Seed(const std::string& path) {
  std::ifstream file(std::string(KANI_TEST_DATA "/../fuzz/seeds/") + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Breaks bytes: others, more, fewer, some twice.
class Breaker {
 public:
  std::string Break(std::string bytes) {
    for (size_t changes = 1 + Below(4); changes > 0 && !bytes.empty(); --changes) {
      const size_t at = Below(bytes.size());
      const size_t count = 1 + Below(std::min<size_t>(bytes.size() - at, 16));
      switch (Below(5)) {
        case 0:
          bytes[at] = static_cast<char>(Below(256));
          break;
        case 1:
          bytes.erase(at, count);
          break;
        case 2:
          bytes.insert(at, bytes.substr(at, count));
          break;
        case 3:
          bytes.insert(at, std::string(count, "\0\xff\"}9"[Below(5)]));
          break;
        default:
          bytes.resize(at);
      }
    }
    return bytes;
  }
  size_t Below(size_t limit) { return random_() % limit; }

 private:
  std::mt19937 random_{7};
};

class MalformedInputTest : public ServerTest {
 protected:
  MalformedInputTest() {
    ServerOptions options = Options();
    options.wyoming = {.port = 0};
    Start(options);
    before_ = Post(Short());
  }
  /// What was sent has taken nothing with it: no connection, no place, and not a bit of speech.
  ~MalformedInputTest() override {
    EXPECT_TRUE(Eventually([&] { return server_->connections() == 0; }));
    EXPECT_EQ(before_.status, 200);
    EXPECT_TRUE(Post(Short()).body == before_.body);
  }

  Breaker breaker_;
  Answer before_;
};

TEST_F(MalformedInputTest, BrokenBodiesAreRefusedAsTheClientsFault) {
  const std::string form = "Content-Type: multipart/form-data; boundary=b\r\n";
  struct {
    const char *path, *seed;
    std::string headers;
  } const kinds[] = {{"/v1/audio/speech", "speech_request/all.json", ""},
                     {"/v1/audio/speech", "speech_request/embedding.json", ""},
                     {"/v1/audio/voices", "speech_request/all.json", ""},
                     {"/v1/audio/voices", "upload_form/two_parts", form}};
  std::map<int, int> statuses;
  for (int i = 0; i < 3000; ++i) {
    // A recording costs a process.
    const auto& kind = kinds[i % 16 == 0 ? 3 : breaker_.Below(3)];
    const std::string body = breaker_.Break(Seed(kind.seed));
    if (body.empty()) continue;
    TestSocket socket(server_->port());
    socket.Send(RequestBytes("POST", kind.path, body, kind.headers));
    const int status = ReadHead(socket).status;
    ++statuses[status];
    // A change may have left it whole; and speech that was begun and left frees its place in a
    // moment, within which there may be no other.
    const bool right = status == 200 || status == 201 || (status >= 400 && status < 500);
    ASSERT_TRUE(right) << status << " for " << kind.path << "\n" << body;
  }
  EXPECT_GT(statuses[400], 1500);
}

TEST_F(MalformedInputTest, WhatIsHardlyHttpIsAnsweredOrClosed) {
  const std::string request =
      RequestBytes("POST", "/v1/audio/speech", Seed("speech_request/all.json"), "Accept: */*\r\n");
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string bytes = breaker_.Break(request);
    TestSocket socket(server_->port());
    socket.Send(bytes);
    socket.EndSending();
    const int status = ReadHead(socket).status;
    refused += status >= 400;
    ASSERT_TRUE(status == 0 || status == 200 || (status >= 400 && status < 500))
        << status << " for\n"
        << bytes;
  }
  EXPECT_GT(refused, 500);
}

TEST_F(MalformedInputTest, BrokenFramesEndAWebSocket) {
  const std::string upgrade = RequestBytes("GET", "/v1/audio/speech/stream", "",
                                           "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                                           "Sec-WebSocket-Version: 13\r\n"
                                           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
  for (int i = 0; i < 2000; ++i) {
    const std::string message =
        Seed(breaker_.Below(2) ? "socket_command/start" : "socket_command/text");
    const bool frame_too = breaker_.Below(2) != 0;
    const std::string inner = frame_too ? message : breaker_.Break(message);
    std::string frame{'\x81', static_cast<char>(0x80 | std::min<size_t>(inner.size(), 125))};
    frame += std::string(4, '\0') + inner.substr(0, 125);
    if (frame_too) frame = breaker_.Break(frame);
    TestSocket socket(server_->port());
    socket.Send(upgrade);
    ASSERT_EQ(ReadHead(socket).status, 101);
    socket.Send(frame);
    socket.EndSending();
    socket.ReadAll();  // comes to its end
  }
}

TEST_F(MalformedInputTest, BrokenEventsEndAWyomingConnection) {
  for (int i = 0; i < 2000; ++i) {
    const char* seed = breaker_.Below(2) ? "wyoming_event/synthesize" : "wyoming_event/payload";
    TestSocket socket(server_->wyoming_port());
    ASSERT_TRUE(socket.connected());
    socket.Send(breaker_.Break(Seed(seed)));
    socket.EndSending();
    socket.ReadAll();
  }
}

}  // namespace
}  // namespace kani::server
