// KaniTTS2's own keys are read here, those of LFM2 in lfm2_config.cc. Every size is bounded, so
// that later code may allocate from a config without asking again.
#include "model/lm_config.h"

#include <algorithm>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "formats/json.h"
#include "formats/misplaced.h"
#include "model/lfm2_config.h"

namespace kani::model {
namespace {

constexpr size_t kMaxLanguageTags = 1000;
constexpr size_t kMaxFileBytes = 1 << 20;

TokenLayout ReadTokenLayout(const formats::JsonReader& reader, int64_t vocab_size) {
  const std::optional<int64_t> text = reader.OptionalInt("text_vocab_size", 3, kMaxVocab);
  const std::optional<int64_t> start = reader.OptionalInt("audio_tokens_start", 13, kMaxVocab);
  if (!text && !start) {
    Fail(ErrorCode::kInvalidFile, reader.source(),
         ": key 'audio_tokens_start' is missing, this is no KaniTTS2 language model");
  }
  constexpr int64_t kControlTokens = TokenLayout::kControlTokens;
  TokenLayout tokens;
  const int64_t audio_start = start ? *start : *text + kControlTokens;
  const int64_t text_size = text ? *text : *start - kControlTokens;
  if (text_size + kControlTokens > audio_start) {
    Fail(ErrorCode::kInvalidFile, reader.source(), ": audio_tokens_start ", audio_start,
         ", expected at least text_vocab_size + ", kControlTokens, " = ",
         text_size + kControlTokens);
  }
  const int64_t codebooks = reader.OptionalInt("tokens_per_frame", 1, 64).value_or(4);
  const int64_t audio_tokens = vocab_size - audio_start;
  if (audio_tokens <= 0 || audio_tokens % codebooks != 0) {
    Fail(ErrorCode::kInvalidFile, reader.source(), ": vocab_size ", vocab_size,
         " - audio_tokens_start ", audio_start, " = ", audio_tokens,
         ", expected a positive multiple of tokens_per_frame = ", codebooks);
  }
  tokens.text_vocab_size = static_cast<int32_t>(text_size);
  tokens.audio_tokens_start = static_cast<int32_t>(audio_start);
  tokens.codebooks = static_cast<int32_t>(codebooks);
  tokens.codebook_size = static_cast<int32_t>(audio_tokens / codebooks);
  return tokens;
}

std::vector<std::string> ReadLanguageTags(const formats::JsonReader& reader) {
  const nlohmann::json* settings = reader.Find("language_settings");
  if (settings == nullptr) return {};
  const formats::JsonReader nested(*settings, StrCat(reader.source(), ": language_settings"));
  const std::string status = nested.OptionalString("status").value_or("no_language_tags");
  if (status == "no_language_tags") return {};
  if (status != "available_language_tags") {
    Fail(ErrorCode::kUnsupported, nested.source(), ": status is ", Quoted(status),
         ", expected 'no_language_tags' or 'available_language_tags'");
  }
  std::vector<std::string> tags = nested.Strings("language_tags_list");
  if (tags.size() > kMaxLanguageTags) {
    Fail(ErrorCode::kInvalidFile, nested.source(), ": ", tags.size(), " tags, expected at most ",
         kMaxLanguageTags);
  }
  // Training lower-cases tags in front of the text.
  for (std::string& tag : tags) {
    std::transform(tag.begin(), tag.end(), tag.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  }
  return tags;
}

void ReadKaniKeys(const formats::JsonReader& reader, LmConfig& config) {
  config.tokens = ReadTokenLayout(reader, config.vocab_size);
  config.audio_step = reader.OptionalNumber("audio_step", 1e-6, 1000.0).value_or(1.0);
  config.use_learnable_rope = reader.OptionalBool("use_learnable_rope").value_or(false);
  config.alpha_min = reader.OptionalNumber("alpha_min", 0.0, 1000.0).value_or(0.1);
  config.alpha_max = reader.OptionalNumber("alpha_max", 0.0, 1000.0).value_or(2.0);
  if (config.alpha_min > config.alpha_max) {
    Fail(ErrorCode::kInvalidFile, reader.source(), ": alpha_min ", config.alpha_min,
         ", expected at most alpha_max = ", config.alpha_max);
  }
  config.speaker_emb_dim = reader.OptionalInt("speaker_emb_dim", 1, 4096).value_or(128);
  config.language_tags = ReadLanguageTags(reader);
}

}  // namespace

LmConfig ParseLmConfig(std::string_view json, std::string source) {
  formats::RejectMisplaced(std::as_bytes(std::span(json)), source);
  const nlohmann::json root = formats::ParseJson(json, source);
  const formats::JsonReader reader(root, std::move(source));
  const std::string model_type = reader.String("model_type");
  if (model_type != "lfm2") {
    Fail(ErrorCode::kUnsupported, reader.source(), ": model_type is ", Quoted(model_type),
         ", expected 'lfm2'");
  }
  LmConfig config;
  ReadLfm2Keys(root, reader, config);
  ReadKaniKeys(reader, config);
  return config;
}

LmConfig LoadLmConfig(const std::filesystem::path& config_json) {
  return ParseLmConfig(ReadTextFile(config_json, kMaxFileBytes), Quoted(config_json.string()));
}

}  // namespace kani::model
