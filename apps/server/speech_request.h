// The body of POST /v1/audio/speech: OpenAI's fields, our own, and those of the original server.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/server/speech_format.h"

namespace kani::server {

struct VoicePart {
  std::string id;
  float weight = 1;
};

/// Which voice was asked for: one of these, or none of them.
/// Names that are no voices: a speaker of the model's choice, by its own rules or at random.
inline constexpr std::string_view kRandomVoice = "random", kNoVoice = "none";

struct VoiceReference {
  std::string id;
  std::vector<float> embedding;
  std::vector<VoicePart> mix;
  bool none() const { return id.empty() && embedding.empty() && mix.empty(); }
};

enum class StreamFormat { kAudio, kSse };

struct SpeechCall {
  std::string model;  ///< "" = the default one
  std::string input;
  VoiceReference voice;
  const SpeechFormat* format = nullptr;
  StreamFormat stream_format = StreamFormat::kAudio;
  bool stream = true;  ///< else the answer has a length and says how long the speech is
  double speed = 1;
  int sample_rate_hz = 0;  ///< 0 = what the format usually has
  std::string language = "auto";
  std::optional<uint64_t> seed;
  std::optional<double> temperature, top_p, min_p, repetition_penalty;
  std::optional<int64_t> top_k;
  double max_seconds = 0;            ///< of a piece of text, 0 = by its length
  int64_t max_chunk_characters = 0;  ///< of a piece of text, 0 = the engine's
  std::vector<std::string> ignored;  ///< fields that nobody knows
  std::vector<std::string> unused;   ///< fields that are known and change nothing here
};

struct SpeechRules {
  size_t max_characters = 4096;
  bool strict = false;  ///< unknown fields are an error
  std::string_view default_format = "mp3";
};

/// Throws ApiError (400) that names the field, what was expected and what was found.
SpeechCall ParseSpeechCall(const nlohmann::json& object, const SpeechRules& rules);
/// The same from bytes.
SpeechCall ParseSpeechBody(std::string_view body, const SpeechRules& rules);
/// A string, {"id"}, {"embedding"} or {"mix"}, as the value of the field `param`.
VoiceReference ParseVoiceReference(const nlohmann::json& value, const std::string& param);
/// At least one of {"id", "weight"}.
std::vector<VoicePart> ParseMix(const nlohmann::json& value, const std::string& param);
/// 1 to 4096 finite numbers.
std::vector<float> ParseEmbedding(const nlohmann::json& value, const std::string& param);
/// Parses a body that has to be one JSON object. Throws ApiError (400).
nlohmann::json ParseObject(std::string_view body);

}  // namespace kani::server
