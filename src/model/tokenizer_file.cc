#include "model/tokenizer_file.h"

#include <algorithm>
#include <span>
#include <unordered_map>

#include "base/error.h"
#include "base/read_file.h"
#include "formats/json.h"
#include "formats/misplaced.h"
#include "model/tokenizer_json.h"

namespace kani::model {
namespace {

// The official file has 8 MB; parsing takes a few times the size in memory.
constexpr size_t kMaxFileBytes = 32u << 20;
// Bounds the work of looking for added tokens in a text. "<custom_token_16137>" has 20 bytes.
constexpr size_t kMaxAddedTokenBytes = 256;
constexpr size_t kMaxPatternBytes = 4096;
constexpr size_t kMaxPreTokenizerSteps = 8;
constexpr size_t kMaxPrefixTokens = 16;

using VocabIndex = std::unordered_map<std::string_view, int32_t>;

[[noreturn]] void Unsupported(const std::string& source, std::string_view part,
                              const nlohmann::json& found, std::string_view expected) {
  Fail(ErrorCode::kUnsupported, source, ": ", part, ": found ",
       Quoted(found.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)), ", expected ",
       expected);
}

std::string TypeOf(const nlohmann::json& object, const std::string& source) {
  return formats::JsonReader(object, source).String("type");
}

/// Accepts null, absent and an empty string.
void RequireEmpty(const formats::JsonReader& reader, std::string_view key) {
  const nlohmann::json* found = reader.Find(key);
  if (found != nullptr && *found != "") Unsupported(reader.source(), key, *found, "null");
}

void RequireFlag(const formats::JsonReader& reader, std::string_view key, bool expected,
                 bool if_absent) {
  if (reader.OptionalBool(key).value_or(if_absent) != expected) {
    Fail(ErrorCode::kUnsupported, reader.source(), ": ", key, " is ",
         expected ? "false, expected true" : "true, expected false");
  }
}

VocabIndex ReadVocab(TokenizerJson& json, const std::string& source, TokenizerFile& file) {
  const size_t size = json.vocab.size();
  if (size == 0) Fail(ErrorCode::kInvalidFile, source, ": model.vocab is missing or empty");
  file.vocab.resize(size);
  std::vector<bool> taken(size);
  for (auto& [token, id] : json.vocab) {
    if (id >= size || taken[id]) {
      Fail(ErrorCode::kInvalidFile, source, ": model.vocab: ", Quoted(token), " has id ", id,
           id >= size ? ", expected less than the number of tokens, " : ", taken twice in ", size);
    }
    taken[id] = true;
    file.vocab[id] = std::move(token);
  }
  VocabIndex index(size);
  for (size_t id = 0; id < size; ++id) {
    if (!index.emplace(file.vocab[id], static_cast<int32_t>(id)).second) {
      Fail(ErrorCode::kInvalidFile, source, ": model.vocab: ", Quoted(file.vocab[id]),
           " occurs twice");
    }
  }
  return index;
}

void ReadMerges(const TokenizerJson& json, const VocabIndex& index, const std::string& source,
                TokenizerFile& file) {
  file.merges.reserve(json.merges.size());
  file.merged.reserve(json.merges.size());
  const auto find = [&](const std::string& token) {
    const auto found = index.find(token);
    if (found == index.end()) {
      Fail(ErrorCode::kInvalidFile, source, ": model.merges: rank ", file.merges.size(), ": ",
           Quoted(token), " is not in model.vocab");
    }
    return found->second;
  };
  for (const auto& [left, right] : json.merges) {
    const std::pair<int32_t, int32_t> pair{find(left), find(right)};
    file.merged.push_back(find(left + right));
    file.merges.push_back(pair);
  }
}

void ReadModel(TokenizerJson& json, const nlohmann::json& object, const std::string& source,
               TokenizerFile& file) {
  const formats::JsonReader model(object, source + ": model");
  if (model.String("type") != "BPE") {
    Unsupported(model.source(), "type", *model.Find("type"), "'BPE'");
  }
  // unk_token, fuse_unk and byte_fallback are for characters that the vocabulary lacks. A
  // byte-level one has all 256 bytes, or it cannot encode (text/bpe.h).
  for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    RequireEmpty(model, key);
  }
  if (model.OptionalNumber("dropout").value_or(0.0) != 0.0) {
    Unsupported(model.source(), "dropout", *model.Find("dropout"), "null");
  }
  file.ignore_merges = model.OptionalBool("ignore_merges").value_or(false);
  const VocabIndex index = ReadVocab(json, source, file);
  ReadMerges(json, index, source, file);

  // The reference does not believe the file: a token that is not in the vocabulary gets the next
  // free id. A file that says otherwise means something else to different programs.
  size_t next_id = file.vocab.size();
  VocabIndex added;
  for (const AddedToken& token : json.added_tokens) {
    const std::string where = source + ": added token ";
    if (token.content.empty() || token.content.size() > kMaxAddedTokenBytes) {
      Fail(ErrorCode::kInvalidFile, where, Quoted(token.content), " has ", token.content.size(),
           " bytes, expected 1 to ", kMaxAddedTokenBytes);
    }
    if (!added.emplace(token.content, token.id).second) {
      Fail(ErrorCode::kInvalidFile, where, Quoted(token.content), " occurs twice");
    }
    const auto found = index.find(token.content);
    const size_t expected = found != index.end() ? static_cast<size_t>(found->second) : next_id++;
    if (static_cast<size_t>(token.id) != expected) {
      Fail(ErrorCode::kInvalidFile, where, Quoted(token.content), " has id ", token.id,
           ", expected ", expected,
           found != index.end() ? " as in model.vocab" : ", the next free one");
    }
  }
  file.added_tokens = std::move(json.added_tokens);
}

/// A step that splits, as a pattern.
std::string ReadSplit(const nlohmann::json& object, const std::string& source) {
  const std::string type = TypeOf(object, source);
  const formats::JsonReader step(object, StrCat(source, ": ", type));
  if (type == "Digits") {
    const bool each = step.OptionalBool("individual_digits").value_or(false);
    return StrCat(kDigitPattern, each ? "" : "+");
  }
  if (type != "Split") Unsupported(source, "type", object["type"], "Split or Digits");
  if (step.String("behavior") != "Isolated") {
    Unsupported(step.source(), "behavior", object["behavior"], "'Isolated'");
  }
  RequireFlag(step, "invert", false, false);
  return formats::JsonReader(step.Object("pattern"), step.source() + ": pattern").String("Regex");
}

/// ByteLevel alone, or a Sequence that ends with it.
void ReadPreTokenizer(const nlohmann::json& object, const std::string& source,
                      TokenizerFile& file) {
  const std::string type = TypeOf(object, source);
  nlohmann::json steps = nlohmann::json::array();
  steps.push_back(object);
  if (type != "Sequence" && type != "ByteLevel") {
    Unsupported(source, "type", object["type"], "ByteLevel or a Sequence that ends with it");
  }
  if (type == "Sequence") {
    steps = formats::JsonReader(object, source).Array("pretokenizers");
  }
  if (steps.empty() || steps.size() > kMaxPreTokenizerSteps ||
      TypeOf(steps.back(), source) != "ByteLevel") {
    Unsupported(source, "pretokenizers", steps,
                StrCat("up to ", kMaxPreTokenizerSteps, " steps, the last one ByteLevel"));
  }
  for (size_t i = 0; i + 1 < steps.size(); ++i) {
    file.patterns.push_back(ReadSplit(steps[i], source));
  }
  const formats::JsonReader level(steps.back(), source + ": ByteLevel");
  RequireFlag(level, "add_prefix_space", false, true);
  if (level.OptionalBool("use_regex").value_or(true)) file.patterns.emplace_back(kGpt2Pattern);
  for (const std::string& pattern : file.patterns) {
    if (pattern.size() > kMaxPatternBytes) {
      Fail(ErrorCode::kResourceExhausted, source, ": pattern of ", pattern.size(),
           " bytes, at most ", kMaxPatternBytes, " are accepted");
    }
  }
}

/// A key that the official library does not know is one that it refuses to load.
void CheckRootKeys(const formats::JsonReader& root, const nlohmann::json& object) {
  constexpr std::string_view kKnown[] = {"version",        "truncation", "padding",
                                         "added_tokens",   "normalizer", "pre_tokenizer",
                                         "post_processor", "decoder",    "model"};
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::find(kKnown, key) != std::end(kKnown)) continue;
    Fail(ErrorCode::kUnsupported, root.source(), ": unknown key ", Quoted(key),
         ", which the official library refuses too");
  }
  if (root.OptionalString("version").value_or("1.0") != "1.0") {
    Unsupported(root.source(), "version", *root.Find("version"), "'1.0'");
  }
  // A sequence of nothing changes nothing.
  const nlohmann::json* normalizer = root.Find("normalizer");
  const nlohmann::json none = {{"type", "Sequence"}, {"normalizers", nlohmann::json::array()}};
  if (normalizer != nullptr && *normalizer != none) {
    Unsupported(root.source(), "normalizer", *normalizer, "null");
  }
}

/// [special tokens..., A]: what stands before A becomes the prefix.
void ReadTemplate(const nlohmann::json& object, const std::string& source, TokenizerFile& file) {
  const formats::JsonReader reader(object, source);
  const formats::JsonReader tokens(reader.Object("special_tokens"), source + ": special_tokens");
  const nlohmann::json& single = reader.Array("single");
  for (size_t i = 0; i < single.size(); ++i) {
    const formats::JsonReader piece(single[i], source + ": single");
    if (piece.Has("Sequence") && i + 1 == single.size()) return;
    if (!piece.Has("SpecialToken")) break;
    const std::string name =
        formats::JsonReader(piece.Object("SpecialToken"), piece.source()).String("id");
    const formats::JsonReader token(tokens.Object(name), tokens.source());
    for (const int64_t id : token.Ints("ids")) {
      if (id < 0 || id >= file.size()) {
        Fail(ErrorCode::kInvalidFile, tokens.source(), ": ", Quoted(name), " has id ", id,
             ", outside the vocabulary");
      }
      file.prefix_ids.push_back(static_cast<int32_t>(id));
    }
    if (file.prefix_ids.size() > kMaxPrefixTokens) break;
  }
  Unsupported(source, "single", single, "a few special tokens, then the text");
}

void ReadPostProcessor(const nlohmann::json& object, const std::string& source,
                       TokenizerFile& file) {
  const std::string type = TypeOf(object, source);
  if (type == "ByteLevel") return;  // only moves offsets
  if (type == "TemplateProcessing" && file.prefix_ids.empty()) {
    return ReadTemplate(object, source, file);
  }
  if (type != "Sequence") {
    Unsupported(source, "type", object["type"], "ByteLevel and one TemplateProcessing");
  }
  for (const nlohmann::json& step : formats::JsonReader(object, source).Array("processors")) {
    ReadPostProcessor(step, source, file);
  }
}

}  // namespace

int32_t TokenizerFile::size() const {
  const auto vocab_size = static_cast<int32_t>(vocab.size());
  const auto outside = [&](const AddedToken& token) { return token.id >= vocab_size; };
  return vocab_size +
         static_cast<int32_t>(std::count_if(added_tokens.begin(), added_tokens.end(), outside));
}

TokenizerFile ParseTokenizerFile(std::string_view json, std::string source) {
  formats::RejectMisplaced(std::as_bytes(std::span(json)), source);
  if (json.size() > kMaxFileBytes) {
    Fail(ErrorCode::kResourceExhausted, source, ": ", json.size(), " bytes, at most ",
         kMaxFileBytes, " are accepted");
  }
  TokenizerJson parts = ReadTokenizerJson(json, source);
  const formats::JsonReader root(parts.rest, source);
  CheckRootKeys(root, parts.rest);
  TokenizerFile file;
  ReadModel(parts, root.Object("model"), source, file);
  ReadPreTokenizer(root.Object("pre_tokenizer"), source + ": pre_tokenizer", file);
  if (root.Has("post_processor")) {
    ReadPostProcessor(root.Object("post_processor"), source + ": post_processor", file);
  }
  const nlohmann::json& decoder = root.Object("decoder");
  if (TypeOf(decoder, source + ": decoder") != "ByteLevel") {
    Unsupported(source, "decoder", decoder, "ByteLevel");
  }
  return file;
}

TokenizerFile LoadTokenizerFile(const std::filesystem::path& path) {
  return ParseTokenizerFile(ReadTextFile(path, kMaxFileBytes), Quoted(path.string()));
}

}  // namespace kani::model
