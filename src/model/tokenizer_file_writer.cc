// Writes tokenizer.json as the official library (Hugging Face tokenizers, transformers) reads it.
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "model/tokenizer_file.h"

namespace kani::model {
namespace {

using Json = nlohmann::ordered_json;

std::string TokenText(const TokenizerFile& file, int32_t id) {
  return file.vocab.at(static_cast<size_t>(id));
}

Json AddedTokens(const TokenizerFile& file) {
  Json out = Json::array();
  for (const AddedToken& token : file.added_tokens) {
    out.push_back({{"id", token.id},
                   {"content", token.content},
                   {"single_word", token.single_word},
                   {"lstrip", token.lstrip},
                   {"rstrip", token.rstrip},
                   {"normalized", token.normalized},
                   {"special", token.special}});
  }
  return out;
}

Json ByteLevel(bool add_prefix_space, bool use_regex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", add_prefix_space},
          {"trim_offsets", true},
          {"use_regex", use_regex}};
}

Json PreTokenizer(const TokenizerFile& file) {
  Json steps = Json::array();
  for (const std::string& pattern : file.patterns) {
    steps.push_back({{"type", "Split"},
                     {"pattern", {{"Regex", pattern}}},
                     {"behavior", "Isolated"},
                     {"invert", false}});
  }
  steps.push_back(ByteLevel(false, false));
  return {{"type", "Sequence"}, {"pretokenizers", std::move(steps)}};
}

/// The prefix, then the text; in a pair of texts, each has its own.
Json Template(const TokenizerFile& file) {
  Json single = Json::array();
  Json pair = Json::array();
  Json special_tokens = Json::object();
  for (const int type_id : {0, 1}) {
    for (const int32_t id : file.prefix_ids) {
      const std::string token = TokenText(file, id);
      pair.push_back({{"SpecialToken", {{"id", token}, {"type_id", type_id}}}});
      special_tokens[token] = {
          {"id", token}, {"ids", Json::array({id})}, {"tokens", Json::array({token})}};
    }
    pair.push_back({{"Sequence", {{"id", type_id == 0 ? "A" : "B"}, {"type_id", type_id}}}});
    if (type_id == 0) single = pair;
  }
  return {{"type", "TemplateProcessing"},
          {"single", std::move(single)},
          {"pair", std::move(pair)},
          {"special_tokens", std::move(special_tokens)}};
}

Json Bpe(const TokenizerFile& file) {
  // Appended, because putting a member in looks through all those before.
  Json::object_t vocab;
  vocab.reserve(file.vocab.size());
  for (const std::string& token : file.vocab) vocab.emplace_back(token, vocab.size());
  Json merges = Json::array();
  for (const auto& [left, right] : file.merges) {
    // Older versions of the official library know merges only as one string.
    merges.push_back(TokenText(file, left) + " " + TokenText(file, right));
  }
  return {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", nullptr},
          {"continuing_subword_prefix", nullptr},
          {"end_of_word_suffix", nullptr},
          {"fuse_unk", false},
          {"byte_fallback", false},
          {"ignore_merges", file.ignore_merges},
          {"vocab", std::move(vocab)},
          {"merges", std::move(merges)}};
}

}  // namespace

std::string FormatTokenizerFile(const TokenizerFile& file) {
  const Json root = {
      {"version", "1.0"},
      {"truncation", nullptr},
      {"padding", nullptr},
      {"added_tokens", AddedTokens(file)},
      {"normalizer", nullptr},
      {"pre_tokenizer", PreTokenizer(file)},
      {"post_processor",
       {{"type", "Sequence"},
        {"processors", Json::array({ByteLevel(true, true), Template(file)})}}},
      {"decoder", ByteLevel(true, true)},
      {"model", Bpe(file)},
  };
  return root.dump(1) + "\n";
}

void SaveTokenizerFile(const TokenizerFile& file, const std::filesystem::path& path) {
  const std::string json = FormatTokenizerFile(file);
  // A file that nobody could load must not replace one that works.
  ParseTokenizerFile(json, Quoted(path.string()));
  WriteFileAtomically(path, std::as_bytes(std::span(json)));
}

}  // namespace kani::model
