#include "apps/server/speech_request.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/server/api_error.h"
#include "audio/resampler.h"
#include "formats/json.h"

namespace kani::server {
namespace {

using nlohmann::json;

constexpr size_t kMaxMixParts = 16, kMaxEmbedding = 4096;
constexpr int64_t kCharactersPerSecond = 15;  // as the original estimates speech
constexpr int64_t kShortestChunk = 20, kLongestChunk = 10000;
constexpr double kMaxSecondsLimit = 3600;
constexpr double kSlowest = 0.25, kFastest = 4.0;

// Of OpenAI, of the original server, and of those that grew from it.
constexpr std::string_view kUnusedFields[] = {"instructions",     "enable_long_form",
                                              "silence_duration", "chunk_size",
                                              "lookback_frames",  "user"};

[[noreturn]] void Refuse(const std::string& param, const std::string& message) {
  throw ApiError(400, "invalid_value", StrCat(param, ": ", message), param);
}

const char* TypeName(const json& value) { return value.type_name(); }

/// Null and absent are the same.
const json* Find(const json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> String(const json& object, const char* name) {
  const json* value = Find(object, name);
  if (value == nullptr) return {};
  if (!value->is_string()) Refuse(name, StrCat("expected a string, found ", TypeName(*value)));
  return value->get<std::string>();
}

std::optional<bool> Bool(const json& object, const char* name) {
  const json* value = Find(object, name);
  if (value == nullptr) return {};
  if (!value->is_boolean()) {
    Refuse(name, StrCat("expected true or false, found ", TypeName(*value)));
  }
  return value->get<bool>();
}

std::optional<double> Number(const json& object, const char* name, double low, double high) {
  const json* value = Find(object, name);
  if (value == nullptr) return {};
  if (!value->is_number()) Refuse(name, StrCat("expected a number, found ", TypeName(*value)));
  const double number = value->get<double>();
  if (!(number >= low && number <= high)) {
    Refuse(name, StrCat("expected a number from ", low, " to ", high, ", found ", number));
  }
  return number;
}

std::optional<int64_t> Int(const json& object, const char* name, int64_t low, int64_t high) {
  const json* value = Find(object, name);
  if (value == nullptr) return {};
  // 1.0 is what some clients write for 1.
  const double number = value->is_number() ? value->get<double>() : NAN;
  if (!(number >= static_cast<double>(low) && number <= static_cast<double>(high)) ||
      std::floor(number) != number) {
    Refuse(name, StrCat("expected a whole number from ", low, " to ", high));
  }
  return static_cast<int64_t>(number);
}

std::optional<uint64_t> Seed(const json& object) {
  const json* value = Find(object, "seed");
  if (value == nullptr) return {};
  if (!value->is_number_unsigned()) Refuse("seed", "expected a whole number from 0 to 2^64 - 1");
  return value->get<uint64_t>();
}

size_t Characters(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// Which fields of a request were read: the rest is unknown.
class FieldCheck {
 public:
  static constexpr std::string_view kKnown[] = {"model",
                                                "input",
                                                "voice",
                                                "response_format",
                                                "stream_format",
                                                "stream",
                                                "speed",
                                                "language",
                                                "seed",
                                                "temperature",
                                                "top_p",
                                                "top_k",
                                                "min_p",
                                                "repetition_penalty",
                                                "max_seconds",
                                                "type",
                                                "sample_rate",
                                                "event_id",
                                                "max_chunk_duration",
                                                "request_id"};

  static void Sort(const json& object, SpeechCall& call) {
    for (const auto& [name, value] : object.items()) {
      if (value.is_null() || std::ranges::find(kKnown, name) != std::end(kKnown)) continue;
      const bool unused = std::ranges::find(kUnusedFields, name) != std::end(kUnusedFields);
      (unused ? call.unused : call.ignored).push_back(name);
    }
  }
};

void ParseInput(const json& object, const SpeechRules& rules, SpeechCall& call) {
  const auto input = String(object, "input");
  if (!input) {
    throw ApiError(400, "missing_field", "input: expected the text to speak, found nothing",
                   "input");
  }
  const size_t characters = Characters(*input);
  if (characters > rules.max_characters) {
    throw ApiError(
        400, "string_above_max_length",
        StrCat("input: expected at most ", rules.max_characters, " characters, found ", characters),
        "input");
  }
  if (input->find_first_not_of(" \t\r\n") == std::string::npos) {
    Refuse("input", "expected a text to speak, found nothing but blanks");
  }
  call.input = *input;
}

void ParseFormat(const json& object, const SpeechRules& rules, SpeechCall& call) {
  const std::string stream = String(object, "stream_format").value_or("audio");
  if (stream != "audio" && stream != "sse") {
    Refuse("stream_format", StrCat("expected audio or sse, found ", Quoted(stream)));
  }
  call.stream_format = stream == "sse" ? StreamFormat::kSse : StreamFormat::kAudio;
  const std::string format =
      String(object, "response_format")
          .value_or(std::string(stream == "sse" ? "pcm" : rules.default_format));
  call.format = FindSpeechFormat(format);
  if (call.format == nullptr) {
    Refuse("response_format",
           StrCat("expected one of ", SpeechFormatNames(), ", found ", Quoted(format)));
  }
  call.stream = Bool(object, "stream").value_or(true);
  call.sample_rate_hz = static_cast<int>(
      Int(object, "sample_rate", audio::kLowestRateHz, audio::kHighestRateHz).value_or(0));
}

void ParseSampling(const json& object, SpeechCall& call) {
  call.seed = Seed(object);
  call.temperature = Number(object, "temperature", 0, 100);
  call.top_p = Number(object, "top_p", 0, 1);
  call.min_p = Number(object, "min_p", 0, 1);
  call.repetition_penalty = Number(object, "repetition_penalty", 0, 100);
  call.top_k = Int(object, "top_k", 0, 1 << 20);
  call.max_seconds = Number(object, "max_seconds", 0, kMaxSecondsLimit).value_or(0);
  // The original's, in seconds of speech.
  if (const auto seconds = Number(object, "max_chunk_duration", 0, kMaxSecondsLimit)) {
    const auto characters = static_cast<int64_t>(*seconds * kCharactersPerSecond);
    if (characters > 0) {
      call.max_chunk_characters = std::clamp(characters, kShortestChunk, kLongestChunk);
    }
  }
}

}  // namespace

json ParseObject(std::string_view body) {
  json object;
  try {
    object = formats::ParseJson(body, "the request's body");
  } catch (const Error& error) {
    throw ApiError(400, "invalid_json", error.what());
  }
  if (!object.is_object()) {
    throw ApiError(400, "invalid_json",
                   StrCat("the request's body: expected a JSON object, found ", TypeName(object)));
  }
  return object;
}

std::vector<float> ParseEmbedding(const json& value, const std::string& param) {
  if (!value.is_array() || value.empty() || value.size() > kMaxEmbedding) {
    Refuse(param, StrCat("expected an array of 1 to ", kMaxEmbedding, " numbers"));
  }
  std::vector<float> embedding;
  for (const json& number : value) {
    const float x = number.is_number() ? number.get<float>() : NAN;
    if (!std::isfinite(x)) Refuse(param, "expected numbers only");
    embedding.push_back(x);
  }
  return embedding;
}

std::vector<VoicePart> ParseMix(const json& value, const std::string& param) {
  if (!value.is_array() || value.empty() || value.size() > kMaxMixParts) {
    Refuse(param, StrCat("expected an array of 1 to ", kMaxMixParts, " voices"));
  }
  std::vector<VoicePart> parts;
  for (const json& part : value) {
    if (!part.is_object()) Refuse(param, "expected objects such as {\"id\": NAME, \"weight\": 1}");
    const auto id = String(part, "id");
    if (!id || id->empty()) Refuse(param, "each part needs the id of a voice");
    parts.push_back({*id, static_cast<float>(Number(part, "weight", -100, 100).value_or(1))});
  }
  return parts;
}

VoiceReference ParseVoiceReference(const json& value, const std::string& param) {
  VoiceReference voice;
  if (value.is_string()) {
    voice.id = value.get<std::string>();
    return voice;
  }
  if (!value.is_object()) {
    Refuse(param, StrCat("expected a name or an object, found ", TypeName(value)));
  }
  if (const json* id = Find(value, "id")) {
    if (!id->is_string()) Refuse(param, "expected a string as id");
    voice.id = id->get<std::string>();
  } else if (const json* embedding = Find(value, "embedding")) {
    voice.embedding = ParseEmbedding(*embedding, param);
  } else if (const json* mix = Find(value, "mix")) {
    voice.mix = ParseMix(*mix, param);
  } else {
    Refuse(param, "expected an object with id, embedding or mix");
  }
  return voice;
}

SpeechCall ParseSpeechCall(const json& object, const SpeechRules& rules) {
  SpeechCall call;
  FieldCheck::Sort(object, call);
  if (rules.strict && !call.ignored.empty()) {
    throw ApiError(400, "unknown_field",
                   StrCat(Quoted(call.ignored.front()), ": this server knows no such field"),
                   call.ignored.front());
  }
  ParseInput(object, rules, call);
  call.model = String(object, "model").value_or("");
  if (const json* voice = Find(object, "voice")) call.voice = ParseVoiceReference(*voice, "voice");
  call.speed = Number(object, "speed", kSlowest, kFastest).value_or(1);
  call.language = String(object, "language").value_or("auto");
  ParseFormat(object, rules, call);
  ParseSampling(object, call);
  return call;
}

SpeechCall ParseSpeechBody(std::string_view body, const SpeechRules& rules) {
  return ParseSpeechCall(ParseObject(body), rules);
}

}  // namespace kani::server
