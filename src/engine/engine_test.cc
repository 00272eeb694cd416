#include "engine/engine.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <utility>

#include "audio/resampler.h"
#include "audio/time_stretch.h"
#include "base/atomic_file.h"
#include "base/error.h"
#include "engine/testing.h"
#include "formats/json.h"

namespace kani::engine {
namespace {

class EngineTest : public testing::Test {
 protected:
  static Engine& Shared() {
    static Engine engine({.paths = MiniPaths(), .threads = 2});
    return engine;
  }
  static SpeechRequest Request() {
    SpeechRequest request;
    request.text = "Hello, world! This is a longer sentence. And one more for the road.";
    request.language = "en";
    request.voice = MiniVoice("ada");
    request.seed = 7;
    request.max_seconds = 0.6;  // seven frames: enough for every property, quick under sanitizers
    return request;
  }
};

TEST_F(EngineTest, SamplesDoNotDependOnChunkSizes) {
  SpeechRequest request = Request();
  const std::vector<float> expected = Collect(Shared(), request);
  ASSERT_GT(expected.size(), 10000u);
  for (auto [first, largest] : {std::pair{1, 1}, {1, 64}, {3, 5}, {64, 64}}) {
    request.first_chunk_frames = first;
    request.max_chunk_frames = largest;
    EXPECT_EQ(Collect(Shared(), request), expected) << first << " " << largest;
  }
}

TEST_F(EngineTest, SpeedChangesTheLengthOfTheSameSpeech) {
  SpeechRequest request = Request();
  const std::vector<float> plain = Collect(Shared(), request);
  for (const double speed : {0.25, 1.5, 4.0}) {
    request.speed = speed;
    audio::TimeStretch stretch(speed, Shared().sample_rate_hz());
    std::vector<float> expected;
    stretch.Process(plain, expected);
    stretch.Finish(expected);
    EXPECT_NEAR(static_cast<double>(expected.size()), static_cast<double>(plain.size()) / speed, 1);
    for (const int64_t largest : {1, 16}) {
      request.max_chunk_frames = largest;
      EXPECT_EQ(Collect(Shared(), request), expected) << speed;
    }
  }
  request.speed = 4.1;
  EXPECT_THROW(Collect(Shared(), request), Error);
}

TEST_F(EngineTest, SamplesDoNotDependOnThreadsOrEarlierRequests) {
  const std::vector<float> expected = Collect(Shared(), Request());
  EXPECT_EQ(Collect(Shared(), Request()), expected);
  for (int threads : {1, 3}) {
    Engine engine({.paths = MiniPaths(), .threads = threads});
    EXPECT_EQ(Collect(engine, Request()), expected) << threads;
  }
}

TEST_F(EngineTest, EveryInstructionSetGivesTheSameSamples) {
  const std::vector<float> expected = Collect(Shared(), Request());
  for (std::string_view isa : kernels::AvailableIsas()) {
    Engine engine({.paths = MiniPaths(), .device = std::string(isa), .threads = 2});
    EXPECT_EQ(Collect(engine, Request()), expected) << isa;
  }
  if (kernels::AvailableIsas().size() < 2) {
    GTEST_SKIP() << "this machine has one instruction set only; nothing to compare with";
  }
}

TEST_F(EngineTest, VoiceLanguageSeedAndTextEachChangeTheSamples) {
  const std::vector<float> expected = Collect(Shared(), Request());
  SpeechRequest other = Request();
  other.voice = MiniVoice("edwin");
  EXPECT_NE(Collect(Shared(), other), expected);
  other = Request();
  other.voice.reset();
  EXPECT_NE(Collect(Shared(), other), expected);
  other = Request();
  other.language = "es";
  EXPECT_NE(Collect(Shared(), other), expected);
  other = Request();
  other.seed = 8;
  EXPECT_NE(Collect(Shared(), other), expected);
  other = Request();
  other.text += " More.";
  EXPECT_NE(Collect(Shared(), other), expected);
}

TEST_F(EngineTest, SsmlChangesTheVolumeAndTheVoiceAndPauses) {
  SpeechRequest request = Request();
  request.text = "Hello there";
  const std::vector<float> plain = Collect(Shared(), request);
  request.markup = text::Markup::kSsml;
  request.text = "<speak><prosody volume='soft'>Hello there</prosody></speak>";
  std::vector<float> half = plain;
  for (float& sample : half) sample *= 0.5f;
  EXPECT_EQ(Collect(Shared(), request), half);
  request.text = "<speak><prosody volume='silent'>Hello there</prosody></speak>";
  EXPECT_EQ(Collect(Shared(), request), std::vector<float>(plain.size()));
  request.text = "<speak><break time='1s'/>Hello there<break time='500ms'/></speak>";
  std::vector<float> padded(static_cast<size_t>(Shared().sample_rate_hz()));
  padded.insert(padded.end(), plain.begin(), plain.end());
  padded.resize(padded.size() + static_cast<size_t>(Shared().sample_rate_hz()) / 2);
  EXPECT_EQ(Collect(Shared(), request), padded);

  request.text = "<speak><voice name='edwin'>Hello there</voice></speak>";
  EXPECT_THROW(Collect(Shared(), request), Error);
  request.find_voice = [](std::string_view name) { return MiniVoice(std::string(name).c_str()); };
  SpeechRequest other = Request();
  other.text = "Hello there";
  other.voice = MiniVoice("edwin");
  EXPECT_EQ(Collect(Shared(), request), Collect(Shared(), other));
}

TEST_F(EngineTest, FramesEndWhereTheModelsPositionsDo) {
  model::ModelPaths paths = MiniPaths();
  const auto folder = std::filesystem::path(testing::TempDir()) / "engine_audio_step";
  std::filesystem::remove_all(folder);
  std::filesystem::copy(paths.lm_folder, folder, std::filesystem::copy_options::recursive);
  nlohmann::json config =
      formats::ParseJson(ReadTextFile(folder / "config.json", 1 << 20), "config");
  config["audio_step"] = 4.0;
  config["max_position_embeddings"] = 64;
  const std::string text = config.dump();
  WriteFileAtomically(folder / "config.json", std::as_bytes(std::span(text)));
  paths.lm_folder = folder;
  Engine engine({.paths = paths, .threads = 1});
  SpeechRequest request = Request();
  request.max_seconds = 60;
  bool limited = false;
  for (request.seed = 0; request.seed < 4; ++request.seed) {
    const SpeechStats stats = engine.Speak(request, [](std::span<const float>) { return true; });
    EXPECT_LE(stats.prompt_tokens + 4 * stats.frames, 64);
    limited = limited || stats.stop_reason == StopReason::kLengthLimit;
  }
  EXPECT_TRUE(limited) << "no utterance came to the limit";
  std::filesystem::remove_all(folder);
}

TEST_F(EngineTest, CancelledAtEveryChunkItStopsThere) {
  SpeechRequest request = Request();
  request.first_chunk_frames = request.max_chunk_frames = 2;
  int chunks = 0;
  Shared().Speak(request, [&](std::span<const float>) {
    ++chunks;
    return true;
  });
  ASSERT_GT(chunks, 3);
  for (int stop = 1; stop <= chunks; ++stop) {
    int seen = 0;
    const SpeechStats stats =
        Shared().Speak(request, [&](std::span<const float>) { return ++seen < stop; });
    EXPECT_EQ(seen, stop);
    EXPECT_EQ(stats.stop_reason, StopReason::kCancelled);
  }
}

TEST_F(EngineTest, StatisticsAddUp) {
  size_t samples = 0;
  const SpeechStats stats = Shared().Speak(Request(), [&](std::span<const float> chunk) {
    samples += chunk.size();
    return true;
  });
  EXPECT_EQ(stats.language, "en");
  EXPECT_NEAR(stats.audio_seconds, static_cast<double>(samples) / Shared().sample_rate_hz(), 1e-9);
  EXPECT_GE(stats.audio_tokens, stats.frames * 4);
  ASSERT_TRUE(stats.first_audio_seconds);
  EXPECT_GT(*stats.first_audio_seconds, 0);
  EXPECT_LE(*stats.first_audio_seconds, stats.total_seconds);
}

TEST_F(EngineTest, LongTextIsSpokenInPiecesWithPauses) {
  SpeechRequest request = Request();
  const SpeechStats whole = Shared().Speak(request, [](std::span<const float>) { return true; });
  request.max_chunk_characters = 30;
  const SpeechStats pieces = Shared().Speak(request, [](std::span<const float>) { return true; });
  EXPECT_EQ(whole.text_chunks, 1);
  EXPECT_GE(pieces.text_chunks, 3);
  const double frame_seconds = 1764.0 / 22050;
  EXPECT_GT(pieces.audio_seconds, static_cast<double>(pieces.frames) * frame_seconds + 0.1);
}

TEST_F(EngineTest, OutputRateIsTheResampledStream) {
  SpeechRequest request = Request();
  const std::vector<float> native = Collect(Shared(), request);
  request.output_sample_rate_hz = 16000;
  EXPECT_EQ(Collect(Shared(), request), audio::Resample(native, 22050, 16000));
}

TEST_F(EngineTest, BadRequestsAreNamed) {
  const auto message = [&](auto change) -> std::string {
    SpeechRequest request = Request();
    change(request);
    try {
      Shared().Speak(request, [](std::span<const float>) { return true; });
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_NE(message([](auto& r) { r.language = "xx"; }).find("en"), std::string::npos);
  EXPECT_NE(message([](auto& r) { r.text = " \n "; }).find("nothing to speak"), std::string::npos);
  EXPECT_NE(message([](auto& r) { r.text = "\xFF"; }), "accepted");
  EXPECT_NE(message([](auto& r) { r.sampling.top_p = 0; }).find("top-p"), std::string::npos);
  EXPECT_NE(message([](auto& r) { r.voice->embedding.resize(3); }).find("expected 128"),
            std::string::npos);
  EXPECT_NE(message([](auto& r) { r.max_seconds = -1; }), "accepted");
  EXPECT_NE(message([](auto& r) { r.first_chunk_frames = 0; }), "accepted");
  EXPECT_NE(message([](auto& r) { r.text.assign(2 << 20, 'a'); }), "accepted");
}

// What it says takes a recogniser to judge, which is no part of these tests; that it neither rushes
// nor runs away does not. Seconds: hibari-tts 0.2.1, the voice's teacher, saying the same, with the
// silence that its training kept (0.1 s before, 0.15 s behind).
TEST_F(EngineTest, TheDefaultVoiceTakesTheTimeItsTeacherTakesAndEndsByItself) {
  const std::pair<const char*, double> sentences[] = {
      {"Hello, how are you?", 1.16},
      {"The train leaves at seven in the morning.", 2.07},
      {"It is going to rain this afternoon, so take your coat.", 3.01}};
  for (const auto& [text, seconds] : sentences) {
    SpeechRequest request = Request();
    request.text = text;
    request.voice = MiniVoice("heart");
    request.sampling.temperature = 0;
    request.max_seconds = 0;
    const SpeechStats stats = Shared().Speak(request, [](std::span<const float>) { return true; });
    EXPECT_EQ(stats.stop_reason, StopReason::kEnd) << text;
    EXPECT_NEAR(stats.audio_seconds, seconds, 0.3 * seconds) << text;
  }
}

TEST(EngineLoadTest, ModelAndCodecMustFit) {
  model::ModelPaths paths = MiniPaths();
  paths.codec =
      std::filesystem::path(KANI_TEST_DATA) / "golden/codec/eight_codebooks_21fps/old_names.nemo";
  try {
    Engine engine({.paths = paths});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("8 of 2016"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace kani::engine
