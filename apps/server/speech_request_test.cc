#include "apps/server/speech_request.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "apps/server/api_error.h"

namespace kani::server {
namespace {

SpeechCall Parse(const std::string& body, const SpeechRules& rules = {}) {
  return ParseSpeechBody(body, rules);
}

/// "status code param" of what a body is refused with, or "accepted".
std::string Refusal(const std::string& body, const SpeechRules& rules = {}) {
  try {
    Parse(body, rules);
    return "accepted";
  } catch (const ApiError& error) {
    return StrCat(error.status(), " ", error.code(), " ", error.param());
  }
}

TEST(SpeechRequestTest, OpenAisFieldsMeanWhatOpenAiDocuments) {
  const SpeechCall call = Parse(R"({"model": "tts-1", "input": "Hello", "voice": "alloy",
      "response_format": "opus", "speed": 1.0, "stream_format": "audio"})");
  EXPECT_EQ(call.model, "tts-1");
  EXPECT_EQ(call.input, "Hello");
  EXPECT_EQ(call.voice.id, "alloy");
  EXPECT_EQ(call.format->name, "opus");
  EXPECT_EQ(call.stream_format, StreamFormat::kAudio);
  EXPECT_TRUE(call.ignored.empty());
}

TEST(SpeechRequestTest, DefaultsAreOpenAis) {
  const SpeechCall call = Parse(R"({"input": "Hello"})");
  EXPECT_EQ(call.format->name, "mp3");
  EXPECT_TRUE(call.voice.none());
  EXPECT_TRUE(call.stream);
  EXPECT_EQ(call.language, "auto");
  EXPECT_FALSE(call.seed.has_value());
  EXPECT_EQ(Parse(R"({"input": "Hello", "stream_format": "sse"})").format->name, "pcm");
}

TEST(SpeechRequestTest, NullIsAbsent) {
  const SpeechCall call =
      Parse(R"({"input": "x", "voice": null, "seed": null, "stream_format": null,
      "temperature": null, "unheard_of": null})");
  EXPECT_TRUE(call.voice.none());
  EXPECT_TRUE(call.ignored.empty());
}

TEST(SpeechRequestTest, UnknownFieldsAreNamedAndStrictlyRefused) {
  const std::string body = R"({"input": "x", "colour": 1, "instructions": "sing",
      "enable_long_form": true, "silence_duration": 0.2, "lang": "en"})";
  const SpeechCall call = Parse(body);
  EXPECT_EQ(call.ignored, (std::vector<std::string>{"colour", "lang"}));
  EXPECT_EQ(call.unused,
            (std::vector<std::string>{"enable_long_form", "instructions", "silence_duration"}));
  EXPECT_EQ(Refusal(body, {.strict = true}), "400 unknown_field colour");
  EXPECT_EQ(Refusal(R"({"input": "x", "instructions": "sing"})", {.strict = true}), "accepted");
}

TEST(SpeechRequestTest, AVoiceIsANameAnObjectOrNumbers) {
  EXPECT_EQ(Parse(R"({"input": "x", "voice": {"id": "ada"}})").voice.id, "ada");
  EXPECT_EQ(Parse(R"({"input": "x", "voice": {"embedding": [1, -0.5]}})").voice.embedding,
            (std::vector<float>{1, -0.5}));
  const auto mix =
      Parse(R"({"input": "x", "voice": {"mix": [{"id": "a", "weight": 0.25}, {"id": "b"}]}})")
          .voice.mix;
  ASSERT_EQ(mix.size(), 2u);
  EXPECT_EQ(mix[0].weight, 0.25f);
  EXPECT_EQ(mix[1].id, "b");
  for (const char* bad :
       {"1", "{}", "[]", R"({"id": 1})", R"({"embedding": []})", R"({"embedding": ["x"]})",
        R"({"embedding": [1e999]})", R"({"mix": []})", R"({"mix": [{}]})", R"({"mix": ["a"]})",
        R"({"mix": [{"id": "a", "weight": "b"}]})"}) {
    EXPECT_EQ(Refusal(StrCat(R"({"input": "x", "voice": )", bad, "}")).substr(0, 4), "400 ") << bad;
  }
}

TEST(SpeechRequestTest, WhatIsWrongIsNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({})", "400 missing_field input"},
      {R"({"input": 1})", "400 invalid_value input"},
      {R"({"input": " \n"})", "400 invalid_value input"},
      {R"({"input": "x", "model": 1})", "400 invalid_value model"},
      {R"({"input": "x", "response_format": "ogg"})", "400 invalid_value response_format"},
      {R"({"input": "x", "stream_format": "xml"})", "400 invalid_value stream_format"},
      {R"({"input": "x", "speed": 0.2})", "400 invalid_value speed"},
      {R"({"input": "x", "speed": 4.1})", "400 invalid_value speed"},
      {R"({"input": "x", "speed": "1"})", "400 invalid_value speed"},
      {R"({"input": "x", "seed": -1})", "400 invalid_value seed"},
      {R"({"input": "x", "seed": 1.5})", "400 invalid_value seed"},
      {R"({"input": "x", "seed": 18446744073709551615})", "accepted"},
      {R"({"input": "x", "top_k": 1.0})", "accepted"},
      {R"({"input": "x", "top_k": 1.5})", "400 invalid_value top_k"},
      {R"({"input": "x", "top_k": 1e300})", "400 invalid_value top_k"},
      {R"({"input": "x", "top_p": 1.1})", "400 invalid_value top_p"},
      {R"({"input": "x", "temperature": -1})", "400 invalid_value temperature"},
      {R"({"input": "x", "sample_rate": 1})", "400 invalid_value sample_rate"},
      {R"({"input": "x", "max_seconds": 1e9})", "400 invalid_value max_seconds"},
      {R"({"input": "x", "stream": "yes"})", "400 invalid_value stream"},
      {R"([])", "400 invalid_json "},
      {R"({"input": "x")", "400 invalid_json "},
      {"{\"input\": \"\xff\"}", "400 invalid_json "},
      {"", "400 invalid_json "},
  };
  for (const auto& [body, expected] : cases) EXPECT_EQ(Refusal(body), expected) << body;
}

TEST(SpeechRequestTest, LengthIsCountedInCharacters) {
  std::string text;
  for (int i = 0; i < 10; ++i) text += "\xc3\xb1";
  const SpeechRules rules{.max_characters = 10};
  EXPECT_EQ(Refusal(StrCat(R"({"input": ")", text, "\"}"), rules), "accepted");
  EXPECT_EQ(Refusal(StrCat(R"({"input": ")", text, "x\"}"), rules),
            "400 string_above_max_length input");
}

TEST(SpeechRequestTest, TheOriginalsChunkDurationIsInSecondsOfSpeech) {
  EXPECT_EQ(Parse(R"({"input": "x", "max_chunk_duration": 12.0})").max_chunk_characters, 180);
  EXPECT_EQ(Parse(R"({"input": "x", "max_chunk_duration": 0})").max_chunk_characters, 0);
  EXPECT_EQ(Parse(R"({"input": "x", "max_chunk_duration": 0.1})").max_chunk_characters, 20);
}

}  // namespace
}  // namespace kani::server
