// The whole server over sockets.
#include "apps/server/server.h"

#include <fstream>

#include "apps/jail/jail.h"
#include "apps/server/testing.h"
#include "audio/wav.h"
#include "media/media.h"

namespace kani::server {
namespace {

using nlohmann::json;

audio::Sound Decoded(const TestFolder& folder, const std::string& bytes, const std::string& name) {
  std::ofstream(folder / name, std::ios::binary) << bytes;
  return media::ReadAudio(folder / name);
}

double Seconds(const audio::Sound& sound) {
  return static_cast<double>(sound.samples.size()) / sound.sample_rate_hz;
}

/// What an engine alone makes of ServerTest::Short().
std::vector<float> OfTheEngine(int rate_hz = 0) {
  engine::Engine engine({.paths = model::FindModel({.search_path = {KANI_MODELS}}), .threads = 1});
  engine::SpeechRequest request{.text = "Hello, how are you?",
                                .seed = 7,
                                .output_sample_rate_hz = rate_hz,
                                .max_seconds = 0.8};
  request.voice =
      voices::LoadVoice(std::filesystem::path(KANI_MODELS) / "mini/voices/heart.json", 0);
  request.fallback_language = request.voice->language;
  request.sampling = engine.default_sampling();
  std::vector<float> samples;
  engine.Speak(request, [&](std::span<const float> pcm) {
    samples.insert(samples.end(), pcm.begin(), pcm.end());
    return true;
  });
  return samples;
}

std::string Pcm(std::span<const float> samples) {
  const auto pcm = audio::ToPcm16(samples);
  return {reinterpret_cast<const char*>(pcm.data()), pcm.size() * 2};
}

TEST_F(ServerTest, SpeaksWhatTheEngineSpeaks) {
  Start();
  json call = Short();
  call["response_format"] = "pcm";
  const Answer answer = Post(call);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_TRUE(answer.whole);
  EXPECT_EQ(answer.headers.Find("X-Kani-Voice"), "heart");
  EXPECT_EQ(answer.headers.Find("X-Kani-Seed"), "7");
  EXPECT_EQ(answer.headers.Find("X-Kani-Sample-Rate"), "24000");
  EXPECT_EQ(answer.headers.Find("Transfer-Encoding"), "chunked");
  EXPECT_TRUE(answer.body == Pcm(OfTheEngine(24000)));
  EXPECT_EQ(answer.headers.Find("X-Bit-Depth"), "16");

  const Answer original = Post(call, "/original/v1/audio/speech");
  EXPECT_EQ(original.headers.Find("X-Kani-Sample-Rate"), "22050");
  EXPECT_TRUE(original.body == Pcm(OfTheEngine()));
}

TEST_F(ServerTest, EveryFormatStreamsAndDecodesToItsWholeLength) {
  Start();
  const double expected = static_cast<double>(OfTheEngine().size()) / 22050;
  for (const std::string format : {"mp3", "opus", "aac", "flac", "wav"}) {
    json call = Short();
    call["response_format"] = format;
    const Answer answer = Post(call);
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_TRUE(answer.whole) << format;
    const audio::Sound sound = Decoded(folder_, answer.body, "stream." + format);
    // MP3 and AAC streams have no place for the encoder's delay and tail: a frame or two.
    const bool untrimmed = format == "mp3" || format == "aac";
    EXPECT_GE(Seconds(sound), expected - 0.001) << format;
    EXPECT_LE(Seconds(sound), expected + (untrimmed ? 0.15 : 0.03)) << format;

    call["stream"] = false;
    const Answer whole = Post(call);
    ASSERT_EQ(whole.status, 200) << whole.body;
    EXPECT_NEAR(std::atof(std::string(*whole.headers.Find("X-Kani-Audio-Seconds")).c_str()),
                expected, 0.001);
    EXPECT_TRUE(whole.headers.Find("X-Kani-Stop-Reason").has_value());
    EXPECT_GE(Seconds(Decoded(folder_, whole.body, "whole." + format)), expected - 0.001);
  }
}

TEST_F(ServerTest, EventsCarryTheSamePcmAndWhatItTook) {
  Start();
  json call = Short();
  call["stream_format"] = "sse";
  const Answer answer = Post(call);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.headers.Find("Content-Type"), "text/event-stream");
  std::string audio;
  json done;
  for (size_t at = 0; at < answer.body.size();) {
    const size_t end = answer.body.find("\n\n", at);
    ASSERT_NE(end, std::string::npos);
    ASSERT_EQ(answer.body.compare(at, 6, "data: "), 0);
    const json event = json::parse(answer.body.substr(at + 6, end - at - 6));
    if (event["type"] == "speech.audio.delta") {
      EXPECT_TRUE(done.is_null());
      audio += event["audio"].get<std::string>();
    } else {
      done = event;
    }
    at = end + 2;
  }
  EXPECT_EQ(done["type"], "speech.audio.done");
  EXPECT_GT(done["usage"]["input_tokens"], 0);
  EXPECT_EQ(done["usage"]["total_tokens"].get<int>(),
            done["usage"]["input_tokens"].get<int>() + done["usage"]["output_tokens"].get<int>());
  EXPECT_EQ(done["seed"], 7);
  const size_t pcm_bytes = OfTheEngine(24000).size() * 2;
  EXPECT_GE(audio.size() * 3 / 4, pcm_bytes);
  EXPECT_NEAR(done["audio_seconds"].get<double>(), static_cast<double>(pcm_bytes) / 48000, 1e-6);
}

TEST_F(ServerTest, OneConnectionServesManyRequests) {
  Start();
  TestSocket socket(server_->port());
  for (int i = 0; i < 3; ++i) {
    const Answer models = Exchange(socket, RequestBytes("GET", "/v1/models"));
    EXPECT_EQ(models.json()["data"][0]["id"], "mini");
    EXPECT_EQ(Exchange(socket, RequestBytes("POST", "/v1/audio/speech", Short().dump())).status,
              200);
  }
  // Two at once: the second waits for its turn.
  socket.Send(RequestBytes("GET", "/healthz") + RequestBytes("GET", "/readyz"));
  for (int i = 0; i < 2; ++i) {
    Answer answer = ReadHead(socket);
    EXPECT_EQ(answer.status, 200);
    ReadBody(socket, answer);
  }
}

TEST_F(ServerTest, WhatIsWrongIsSaidWithItsStatus) {
  Start();
  const auto code = [](const Answer& answer) {
    return StrCat(answer.status, " ", answer.json()["error"]["code"].get<std::string>());
  };
  json call = Short();
  call["voice"] = "nobody";
  const Answer unknown = Post(call);
  EXPECT_EQ(code(unknown), "404 voice_not_found");
  EXPECT_NE(unknown.body.find("heart"), std::string::npos) << "the known names";
  call = Short();
  call["model"] = "gpt-9";
  EXPECT_EQ(code(Post(call)), "404 model_not_found");
  call = Short();
  call["language"] = "xx";
  EXPECT_EQ(code(Post(call)), "400 invalid_argument");
  call = Short();
  call["input"] = "---";  // a rule of Markdown
  EXPECT_EQ(code(Post(call)), "400 nothing_to_speak");
  EXPECT_EQ(code(Ask("GET", "/v1/nothing")), "404 unknown_url");
  EXPECT_EQ(code(Ask("GET", "/v1/audio/speech")), "405 method_not_allowed");
  EXPECT_EQ(code(Ask("POST", "/v1/audio/speech", "{")), "400 invalid_json");
  EXPECT_EQ(code(Ask("POST", "/v1/audio/speech", std::string(2 << 20, ' '))), "413 body_too_large");
  EXPECT_EQ(code(Ask("GET", "/", "", "X: " + std::string(20 << 10, 'x') + "\r\n")),
            "431 header_too_large");
  TestSocket socket(server_->port());
  EXPECT_EQ(Exchange(socket, "\x16\x03\x01 this is TLS\r\n\r\n").status, 400);
}

TEST_F(ServerTest, FieldsThatNobodyKnowsAreNamed) {
  Start();
  json call = Short();
  call["colour\r\nX-Forged: 1"] = "red";
  call["instructions"] = "sing";
  const Answer answer = Post(call);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.Find("X-Kani-Ignored"), "colour??X-Forged: 1");
  EXPECT_EQ(answer.headers.Find("X-Kani-Unused"), "instructions");
  EXPECT_FALSE(answer.headers.Find("X-Forged").has_value());
}

TEST_F(ServerTest, AClientThatLeavesEndsItsSpeech) {
  Start();
  {
    TestSocket socket(server_->port());
    socket.Send(RequestBytes("POST", "/v1/audio/speech", Long().dump()));
    EXPECT_EQ(ReadHead(socket).status, 200);
    EXPECT_EQ(server_->desk().speeches(), 1);
  }
  EXPECT_TRUE(Eventually([&] { return server_->desk().speeches() == 0; }));
  EXPECT_NE(Ask("GET", "/metrics").body.find("kani_cancellations_total{reason=\"client_left\"} 1"),
            std::string::npos);
}

TEST_F(ServerTest, WhoDoesNotReadLosesHisPlace) {
  ServerOptions options = Options();
  options.http.slow_reader = std::chrono::seconds(1);
  Start(options);
  TestSocket socket(server_->port(), /*receive_buffer=*/4096);
  socket.Send(RequestBytes("POST", "/v1/audio/speech", Long().dump()));
  EXPECT_TRUE(Eventually([&] { return server_->desk().speeches() == 1; }));
  EXPECT_TRUE(Eventually([&] { return server_->desk().speeches() == 0; }));
  const auto model = server_->desk().pool().Peek(server_->desk().pool().models().front());
  EXPECT_TRUE(Eventually([&] { return model->engine().scheduler().status().kv_rows == 0; }));
  EXPECT_NE(Ask("GET", "/metrics").body.find("kani_cancellations_total{reason=\"slow_reader\"} 1"),
            std::string::npos);
}

TEST_F(ServerTest, AFullQueueSaysWhenToComeBack) {
  ServerOptions options = Options();
  options.speech.streams = 1;
  options.speech.queue = 0;
  Start(options);
  TestSocket first(server_->port());
  first.Send(RequestBytes("POST", "/v1/audio/speech", Long().dump()));
  EXPECT_EQ(ReadHead(first).status, 200);
  const Answer refused = Post(Short());
  EXPECT_EQ(refused.status, 429);
  EXPECT_TRUE(refused.headers.Find("Retry-After").has_value());
  EXPECT_EQ(refused.json()["error"]["type"], "rate_limit_error");
  first.Close();
  EXPECT_TRUE(Eventually([&] { return Post(Short()).status == 200; }));
}

TEST_F(ServerTest, ARequestMayNotTakeForEver) {
  ServerOptions options = Options();
  options.speech.longest = std::chrono::seconds(1);
  Start(options);
  json call = Long();
  call["stream"] = false;
  const Answer answer = Post(call);
  EXPECT_EQ(answer.status, 504) << answer.body;
  EXPECT_EQ(server_->desk().speeches(), 0);
}

TEST_F(ServerTest, ShutdownFinishesWhatWasBegun) {
  Start();
  TestSocket idle(server_->port()), busy(server_->port());
  EXPECT_EQ(Exchange(idle, RequestBytes("GET", "/healthz")).status, 200);
  json call = Short();
  call["max_seconds"] = 4;
  busy.Send(RequestBytes("POST", "/v1/audio/speech", call.dump()));
  Answer answer = ReadHead(busy);
  EXPECT_EQ(answer.status, 200);
  std::thread stop([&] { server_->Stop(std::chrono::seconds(60)); });
  EXPECT_EQ(idle.ReadAll(), "");
  ReadBody(busy, answer);
  EXPECT_TRUE(answer.whole);
  EXPECT_EQ(busy.ReadAll(), "");
  stop.join();
  EXPECT_EQ(server_->connections(), 0);
  EXPECT_FALSE(TestSocket(server_->port()).connected());
}

TEST_F(ServerTest, ManyAtOnceAreEachWhatTheyAreAlone) {
  Start();
  std::vector<json> calls(6, Short());
  std::vector<std::string> alone;
  for (size_t i = 0; i < calls.size(); ++i) {
    calls[i]["seed"] = i / 2;
    calls[i]["voice"] = i % 2 == 0 ? "heart" : "alan";
    calls[i]["response_format"] = i % 3 == 0 ? "pcm" : (i % 3 == 1 ? "opus" : "mp3");
    alone.push_back(Post(calls[i]).body);
  }
  EXPECT_NE(alone[0], alone[2]);
  std::vector<std::string> together(calls.size());
  std::vector<std::thread> clients;
  for (size_t i = 0; i < calls.size(); ++i) {
    clients.emplace_back([&, i] { together[i] = Post(calls[i]).body; });
  }
  for (std::thread& client : clients) client.join();
  for (size_t i = 0; i < calls.size(); ++i) EXPECT_TRUE(together[i] == alone[i]) << i;
}

TEST_F(ServerTest, AVoiceIsMadeOfARecording) {
  Start();
  const auto wav = audio::WavHeader(16000, 48000, false);
  std::string bytes(reinterpret_cast<const char*>(wav.data()), wav.size());
  std::vector<float> tone(48000);
  for (size_t i = 0; i < tone.size(); ++i) {
    tone[i] = (i / 8000 % 2 == 0 ? 0.3f : 0.1f) * static_cast<float>((i * i) % 200) / 100.0f - 0.1f;
  }
  bytes += Pcm(tone);
  const std::string body =
      "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nanna\r\n"
      "--b\r\nContent-Disposition: form-data; name=\"consent\"\r\n\r\ntrue\r\n"
      "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"me.wav\"\r\n\r\n" +
      bytes + "\r\n--b--\r\n";
  const std::string form = "Content-Type: multipart/form-data; boundary=b\r\n";
  const Answer made = Ask("POST", "/v1/audio/voices", body, form);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.json()["consent"], true);
  EXPECT_EQ(Ask("POST", "/v1/audio/voices", body, form).status, 409);
  json call = Short();
  call["voice"] = {{"id", "anna"}};
  EXPECT_EQ(Post(call).headers.Find("X-Kani-Voice"), "anna");
  EXPECT_EQ(Ask("GET", "/v1/audio/voices").json()["data"][0]["id"], "anna");

  std::string broken = body;
  broken.replace(broken.find("RIFF"), 4, "RAFF");
  const Answer refused = Ask("POST", "/v1/audio/voices", broken, form);
  EXPECT_EQ(refused.status, 400) << refused.body;
  EXPECT_NE(refused.body.find("me.wav"), std::string::npos) << refused.body;

  EXPECT_EQ(Ask("DELETE", "/v1/audio/voices/anna").json()["deleted"], true);
  EXPECT_EQ(Ask("DELETE", "/v1/audio/voices/heart").status, 403);
  const Answer mixed =
      Post({{"name", "both"}, {"mix", {{{"id", "heart"}}, {{"id", "alan"}}}}}, "/v1/audio/voices");
  EXPECT_EQ(mixed.status, 201) << mixed.body;
  const Answer preview = Ask("GET", "/v1/audio/voices/both/preview");
  EXPECT_EQ(preview.headers.Find("Content-Type"), "audio/wav");
  EXPECT_GT(Seconds(Decoded(folder_, preview.body, "preview.wav")), 0.1);
}

TEST_F(ServerTest, ThePageAndItsDescriptionAreServed) {
  Start();
  const Answer page = Ask("GET", "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.headers.Find("Content-Type"), "text/html; charset=utf-8");
  EXPECT_NE(page.headers.Find("Content-Security-Policy")->find("default-src 'self'"),
            std::string_view::npos);
  const std::string tag(*page.headers.Find("ETag"));
  EXPECT_EQ(Ask("GET", "/", "", "If-None-Match: " + tag + "\r\n").status, 304);
  EXPECT_EQ(Ask("HEAD", "/").headers.Find("Content-Length"), std::to_string(page.body.size()));
  EXPECT_EQ(Ask("GET", "/studio/../server.h").status, 404);
  const json description = Ask("GET", "/openapi.json").json();
  EXPECT_TRUE(description["paths"].contains("/v1/audio/speech"));
}

TEST_F(ServerTest, WhatAProxyCouldReadOtherwiseIsRefused) {
  Start();
  const auto status = [this](const std::string& head) {
    TestSocket socket(server_->port());
    socket.Send(head + "\r\n");
    socket.EndSending();
    const int first = ReadHead(socket).status;
    EXPECT_EQ(socket.ReadAll().find("HTTP/1.1 200"), std::string::npos) << head;
    return first;
  };
  const std::string post = "POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\n";
  EXPECT_EQ(status(post + "Transfer-Encoding: xchunked\r\n"), 400);
  EXPECT_EQ(status(post + "Transfer-Encoding: gzip, chunked\r\n"), 400);
  EXPECT_EQ(status("GET /v1/models HTTP/1.1\r\nHost: localhost\r\nHost: example.org\r\n"), 400);
  EXPECT_EQ(status("GET /v1/models HTTP/1.1\r\n"), 400);
  EXPECT_EQ(status("GET /v1/models HTTP/1.0\r\n"), 421);
  TestSocket probe(server_->port());
  probe.Send("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(ReadHead(probe).status, 200);
}

TEST_F(ServerTest, ARateThatTheFormatDoesNotHaveIsTheClientsFault) {
  Start();
  json call = Short();
  call["response_format"] = "flac";
  call["sample_rate"] = 88201;
  const Answer refused = Post(call);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.json()["error"]["param"], "sample_rate");
  call["sample_rate"] = 48000;
  EXPECT_EQ(Post(call).status, 200);
}

TEST_F(ServerTest, WhatIsMeasuredCanBeRead) {
  Start();
  EXPECT_EQ(Post(Short()).status, 200);
  EXPECT_EQ(Ask("GET", "/v1/nothing").status, 404);
  const std::string metrics = Ask("GET", "/metrics").body;
  for (const char* line :
       {"kani_first_audio_seconds_count 1\n", "kani_queue_wait_seconds_count 1\n",
        "kani_real_time_factor_count 1\n", "kani_batch_size_sum 1\n", "kani_models_loaded 1\n",
        "kani_http_requests_total{route=\"/v1/audio/speech\",status=\"200\"} 1\n",
        "kani_http_requests_total{route=\"other\",status=\"404\"} 1\n",
        "kani_errors_total{kind=\"unknown_url\"} 1\n"}) {
    EXPECT_NE(metrics.find(line), std::string::npos) << line << "in\n" << metrics;
  }
}

TEST_F(ServerTest, AnIdleModelGivesItsMemoryBackAndReturns) {
  ServerOptions options = Options();
  options.models.idle_unload = std::chrono::seconds(1);
  Start(options);
  const auto& facts = server_->desk().pool().models().front();
  EXPECT_EQ(Post(Short()).status, 200);
  EXPECT_TRUE(Eventually([&] { return server_->desk().pool().Peek(facts) == nullptr; }));
  EXPECT_EQ(Post(Short()).status, 200);
}

TEST_F(ServerTest, TheMemoryBudgetMakesRoomForAnotherModel) {
  ServerOptions options = Options();
  options.models.sources.push_back({"other", options.models.sources.front().paths});
  options.models.memory_budget_bytes = 1;  // room for one, whatever it takes
  Start(options);
  ModelPool& pool = server_->desk().pool();
  json call = Short();
  call["model"] = "other";
  EXPECT_EQ(Post(call).headers.Find("X-Kani-Model"), "other");
  EXPECT_EQ(pool.Peek(pool.models()[0]), nullptr);
  const auto held = pool.Get(pool.models()[1]);
  EXPECT_EQ(Post(Short()).status, 503) << "nothing may be taken from under a speech";
}

}  // namespace
}  // namespace kani::server

int main(int argc, char** argv) {
  // The decoder of what is uploaded is this program once more.
  if (const std::optional<int> code = kani::jail::RunChild(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
