#include "engine/plan.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "text/language.h"
#include "text/normalizer.h"
#include "text/prompt.h"
#include "text/sentences.h"

namespace kani::engine {
namespace {

// Speech runs at about 15 characters a second (the original server's estimate).
constexpr double kCharactersPerSecond = 15.0;
// A runaway is stopped here: 2.5 x the expected duration + 2 s.
constexpr double kLengthFactor = 2.5, kLengthSlackSeconds = 2.0;
// 16 s of speech: users report failures of the original from about 50 words on.
constexpr int64_t kDefaultChunkCharacters = 240;
constexpr size_t kMaxTextBytes = 1 << 20;

int64_t CodePoints(std::string_view utf8) {
  return std::ranges::count_if(utf8, [](char c) { return (c & 0xC0) != 0x80; });
}

void CheckSettings(const SpeechRequest& request) {
  lm::Validate(request.sampling);
  if (request.text.size() > kMaxTextBytes) {
    Fail(ErrorCode::kResourceExhausted, "text of ", request.text.size(), " bytes, at most ",
         kMaxTextBytes, " in one request");
  }
  if (request.first_chunk_frames < 1 || request.max_chunk_frames < 1) {
    Fail(ErrorCode::kInvalidArgument, "PCM chunks need at least one frame");
  }
  if (!std::isfinite(request.max_seconds) || request.max_seconds < 0) {
    Fail(ErrorCode::kInvalidArgument, "longest duration: expected 0 or more seconds, found ",
         request.max_seconds);
  }
}

int64_t MaxFrames(const SpeechRequest& request, std::string_view text, size_t prompt_rows,
                  const model::LmConfig& config, const model::CodecConfig& codec) {
  const double expected_seconds = static_cast<double>(CodePoints(text)) / kCharactersPerSecond;
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

}  // namespace

Plan MakePlan(const SpeechRequest& request, const text::Tokenizer& tokenizer,
              const model::LmConfig& config, const model::CodecConfig& codec,
              const WarningSink& warn) {
  CheckSettings(request);
  Plan plan;
  plan.language = text::ResolveLanguage(request.language, config.language_tags, request.text);
  std::string spoken_language = text::BaseLanguage(plan.language);
  if (spoken_language.empty()) {
    spoken_language = text::DetectLanguage(request.text, text::KnownLanguages());
  }
  const std::string text =
      request.normalize_text ? text::Normalize(request.text, spoken_language, warn) : request.text;
  const int64_t characters =
      request.max_chunk_characters > 0 ? request.max_chunk_characters : kDefaultChunkCharacters;
  for (const text::TextChunk& chunk :
       text::SplitText(text, spoken_language, static_cast<size_t>(characters))) {
    PlannedPiece piece;
    piece.prompt = text::BuildPrompt(tokenizer, config.tokens, chunk.text, plan.language,
                                     request.voice.has_value());
    piece.max_frames = MaxFrames(request, chunk.text, piece.prompt.size(), config, codec);
    piece.pause_samples = codec.sample_rate_hz * chunk.pause_after_ms / 1000;
    plan.pieces.push_back(std::move(piece));
  }
  if (plan.pieces.empty()) Fail(ErrorCode::kInvalidArgument, "the text has nothing to speak");
  return plan;
}

}  // namespace kani::engine
