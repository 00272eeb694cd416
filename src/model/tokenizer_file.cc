#include "model/tokenizer_file.h"

#include <algorithm>
#include <span>
#include <unordered_map>

#include "base/error.h"
#include "base/read_file.h"
#include "formats/json.h"
#include "model/tokenizer_json.h"

namespace kani::model {
namespace {

// The official file has 8 MB; parsing takes a few times the size in memory.
constexpr size_t kMaxFileBytes = 32u << 20;
// Bounds the work of looking for added tokens in a text. "<custom_token_16137>" has 20 bytes.
constexpr size_t kMaxAddedTokenBytes = 256;
constexpr size_t kMaxPatternBytes = 4096;
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
  for (const char* key : {"unk_token", "continuing_subword_prefix", "end_of_word_suffix"}) {
    RequireEmpty(model, key);
  }
  if (model.OptionalNumber("dropout").value_or(0.0) != 0.0) {
    Unsupported(model.source(), "dropout", *model.Find("dropout"), "null");
  }
  RequireFlag(model, "byte_fallback", false, false);
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

void ReadByteLevel(const nlohmann::json& object, const std::string& source) {
  const formats::JsonReader level(object, source);
  RequireFlag(level, "add_prefix_space", false, true);
  RequireFlag(level, "use_regex", false, true);
}

void ReadPreTokenizer(const nlohmann::json& object, const std::string& source,
                      TokenizerFile& file) {
  constexpr std::string_view kExpected =
      "Sequence of Split (Regex, Isolated) and ByteLevel without a regex";
  if (TypeOf(object, source) != "Sequence") Unsupported(source, "type", object["type"], kExpected);
  const nlohmann::json& steps = formats::JsonReader(object, source).Array("pretokenizers");
  if (steps.size() != 2 || TypeOf(steps[0], source) != "Split" ||
      TypeOf(steps[1], source) != "ByteLevel") {
    Unsupported(source, "pretokenizers", steps, kExpected);
  }
  const formats::JsonReader split(steps[0], source + ": Split");
  if (split.String("behavior") != "Isolated") {
    Unsupported(split.source(), "behavior", steps[0]["behavior"], "'Isolated'");
  }
  RequireFlag(split, "invert", false, false);
  file.pattern =
      formats::JsonReader(split.Object("pattern"), split.source() + ": pattern").String("Regex");
  if (file.pattern.size() > kMaxPatternBytes) {
    Fail(ErrorCode::kResourceExhausted, split.source(), ": pattern of ", file.pattern.size(),
         " bytes, at most ", kMaxPatternBytes, " are accepted");
  }
  ReadByteLevel(steps[1], source + ": ByteLevel");
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
  formats::RejectLfsPointer(std::as_bytes(std::span(json)), source);
  if (json.size() > kMaxFileBytes) {
    Fail(ErrorCode::kResourceExhausted, source, ": ", json.size(), " bytes, at most ",
         kMaxFileBytes, " are accepted");
  }
  TokenizerJson parts = ReadTokenizerJson(json, source);
  const formats::JsonReader root(parts.rest, source);
  for (const char* key : {"truncation", "padding", "normalizer"}) RequireEmpty(root, key);
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
