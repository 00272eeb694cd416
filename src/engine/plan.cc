#include "engine/plan.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "text/prompt.h"

namespace kani::engine {
namespace {

// A runaway is stopped here: 2.5 x the expected duration + 2 s.
constexpr double kLengthFactor = 2.5, kLengthSlackSeconds = 2.0;
// 16 s of speech: users report failures of the original from about 50 words on.
constexpr int64_t kDefaultChunkCharacters = 240;
constexpr size_t kMaxTextBytes = 1 << 20;

void CheckText(const SpeechRequest& request) {
  if (request.text.size() > kMaxTextBytes) {
    Fail(ErrorCode::kResourceExhausted, "text of ", request.text.size(), " bytes, at most ",
         kMaxTextBytes, " in one request");
  }
}

void CheckSettings(const SpeechRequest& request) {
  lm::Validate(request.sampling);
  if (request.first_chunk_frames < 1 || request.max_chunk_frames < 1) {
    Fail(ErrorCode::kInvalidArgument, "PCM chunks need at least one frame");
  }
  if (!std::isfinite(request.max_seconds) || request.max_seconds < 0) {
    Fail(ErrorCode::kInvalidArgument, "longest duration: expected 0 or more seconds, found ",
         request.max_seconds);
  }
}

int64_t MaxFrames(const SpeechRequest& request, double expected_seconds, size_t prompt_rows,
                  const model::LmConfig& config, const model::CodecConfig& codec) {
  const double seconds = request.max_seconds > 0
                             ? request.max_seconds
                             : kLengthFactor * expected_seconds + kLengthSlackSeconds;
  const double frames = seconds * static_cast<double>(codec.sample_rate_hz) /
                        static_cast<double>(codec.samples_per_frame);
  // Past its positions the model has never been.
  const int64_t positions = config.max_position_embeddings - static_cast<int64_t>(prompt_rows);
  const double limit = std::floor(static_cast<double>(positions) / config.audio_step);
  if (limit < 1) {
    Fail(ErrorCode::kResourceExhausted, "prompt of ", prompt_rows, " rows, the model takes ",
         config.max_position_embeddings);
  }
  return static_cast<int64_t>(std::clamp(frames, 1.0, limit));
}

int64_t Samples(int64_t ms, const model::CodecConfig& codec) {
  return codec.sample_rate_hz * ms / 1000;
}

/// The voices of a plan, each once.
class Cast {
 public:
  explicit Cast(const SpeechRequest& request) : request_(request) {}

  /// @param name that the text asks for; "" for the voice of the request.
  std::optional<size_t> Find(const std::string& name) {
    if (name.empty() && !request_.voice) return {};
    const auto [known, is_new] = places_.try_emplace(name, voices_.size());
    if (is_new) voices_.push_back(name.empty() ? *request_.voice : Named(name));
    return known->second;
  }
  std::vector<voices::Voice> Take() { return std::move(voices_); }

 private:
  voices::Voice Named(const std::string& name) const {
    if (!request_.find_voice) Fail(ErrorCode::kNotFound, "voice ", Quoted(name), ": there is none");
    return request_.find_voice(name);
  }

  const SpeechRequest& request_;
  std::map<std::string, size_t> places_;
  std::vector<voices::Voice> voices_;
};

}  // namespace

text::Script MakeScript(const SpeechRequest& request, std::span<const std::string> language_tags,
                        const WarningSink& warn) {
  CheckText(request);
  text::ScriptOptions options;
  options.language = request.language;
  options.fallback_language = request.fallback_language;
  options.markup = request.markup;
  options.name_emoji = request.name_emoji;
  options.short_addresses = request.short_addresses;
  options.normalize = request.normalize_text;
  options.max_characters = static_cast<size_t>(
      request.max_chunk_characters > 0 ? request.max_chunk_characters : kDefaultChunkCharacters);
  return text::MakeScript(request.text, language_tags, options, warn);
}

Plan MakePlan(const SpeechRequest& request, const text::Tokenizer& tokenizer,
              const model::LmConfig& config, const model::CodecConfig& codec,
              const WarningSink& warn) {
  CheckSettings(request);
  text::Script script = MakeScript(request, config.language_tags, warn);
  if (script.pieces.empty()) Fail(ErrorCode::kInvalidArgument, "the text has nothing to speak");
  Plan plan;
  plan.language = script.language;
  plan.pause_before_samples = Samples(script.pause_before_ms, codec);
  Cast cast(request);
  for (text::ScriptPiece& said : script.pieces) {
    PlannedPiece piece;
    piece.voice = cast.Find(said.voice);
    piece.prompt = text::BuildPrompt(tokenizer, config.tokens, said.text, said.language,
                                     piece.voice.has_value());
    piece.max_frames =
        MaxFrames(request, said.expected_seconds, piece.prompt.size(), config, codec);
    piece.pause_samples = Samples(said.pause_after_ms, codec);
    piece.said = std::move(said);
    plan.pieces.push_back(std::move(piece));
  }
  plan.voices = cast.Take();
  return plan;
}

}  // namespace kani::engine
