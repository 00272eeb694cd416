// Control tokens, 256 bytes, pairs of bytes as merges, tokens of audio: as many of each as the
// published tokenizer has, so that loading and encoding take as long.
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"
#include "bench/random_parts.h"
#include "text/byte_alphabet.h"

namespace kani::cli {

void WriteRandomTokenizer(const std::filesystem::path& folder) {
  constexpr int64_t kFirstByte = 510;
  nlohmann::ordered_json vocab = nlohmann::ordered_json::object();
  nlohmann::json merges = nlohmann::json::array(), added = nlohmann::json::array();
  const auto add_token = [&](int64_t id, const std::string& content, bool special) {
    added.push_back({{"id", id},
                     {"content", content},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", special}});
  };
  const std::vector<std::string> named{"<|pad|>", "<|startoftext|>", "<|endoftext|>"};
  for (int64_t id = 0; id < kFirstByte; ++id) {
    const std::string content =
        id < std::ssize(named) ? named[static_cast<size_t>(id)] : StrCat("<|reserved_", id, "|>");
    vocab[content] = id;
    add_token(id, content, true);
  }
  std::vector<std::string> bytes;
  for (int byte = 0; byte < 256; ++byte) {
    bytes.push_back(text::ToByteAlphabet(std::string(1, static_cast<char>(byte))));
    vocab[bytes.back()] = kFirstByte + byte;
  }
  for (int64_t id = kFirstByte + 256; id < kTextVocab; ++id) {
    // Letters first: 'a' * 256 is where common text lies.
    const int64_t pair = (id - kFirstByte - 256 + 0x6100) % 65536;
    const std::string &left = bytes[static_cast<size_t>(pair / 256)],
                      &right = bytes[static_cast<size_t>(pair % 256)];
    vocab[left + right] = id;
    merges.push_back(left + " " + right);
  }
  for (int64_t i = 0; i < kAddedTokens; ++i) {
    add_token(kTextVocab + i, StrCat("<custom_token_", i, ">"), false);
  }
  const std::string pattern =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  nlohmann::ordered_json file = {
      {"version", "1.0"},
      {"added_tokens", added},
      {"normalizer", nullptr},
      {"pre_tokenizer",
       {{"type", "Sequence"},
        {"pretokenizers",
         {{{"type", "Split"},
           {"pattern", {{"Regex", pattern}}},
           {"behavior", "Isolated"},
           {"invert", false}},
          {{"type", "ByteLevel"},
           {"add_prefix_space", false},
           {"trim_offsets", true},
           {"use_regex", false}}}}}},
      {"post_processor",
       {{"type", "TemplateProcessing"},
        {"single",
         {{{"SpecialToken", {{"id", "<|startoftext|>"}, {"type_id", 0}}}},
          {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}}},
        {"pair", nlohmann::json::array()},
        {"special_tokens",
         {{"<|startoftext|>",
           {{"id", "<|startoftext|>"}, {"ids", {1}}, {"tokens", {"<|startoftext|>"}}}}}}}},
      {"decoder",
       {{"type", "ByteLevel"},
        {"add_prefix_space", true},
        {"trim_offsets", true},
        {"use_regex", true}}},
      {"model",
       {{"type", "BPE"},
        {"dropout", nullptr},
        {"unk_token", nullptr},
        {"fuse_unk", false},
        {"byte_fallback", false},
        {"ignore_merges", false},
        {"vocab", vocab},
        {"merges", merges}}}};
  const std::string text = file.dump();
  WriteFileAtomically(folder / "tokenizer.json", std::as_bytes(std::span(text)));
}

}  // namespace kani::cli
