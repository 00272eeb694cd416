// Hugging Face tokenizer.json of the byte-level BPE kind: what is on disk, checked, nothing encoded
// yet.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kani::model {

struct AddedToken {
  int32_t id = 0;
  std::string content;
  bool single_word = false;
  bool lstrip = false;
  bool rstrip = false;
  bool normalized = false;
  bool special = false;
};

struct TokenizerFile {
  std::vector<std::string> vocab;                   ///< token text in the byte alphabet, by id
  std::vector<std::pair<int32_t, int32_t>> merges;  ///< (left id, right id) in rank order
  std::vector<int32_t> merged;                      ///< id each merge produces
  std::vector<AddedToken> added_tokens;
  std::string pattern;  ///< pre-tokenizer regular expression
  bool ignore_merges = false;
  std::vector<int32_t> prefix_ids;  ///< what the post-processor puts in front (BOS)

  /// Number of ids, which are [0, size()): the vocabulary, then the added tokens it lacks.
  int32_t size() const;
};

/// Throws kInvalidFile, kResourceExhausted (file above 32 MiB) or kUnsupported (another model,
/// normaliser, pre-tokenizer, post-processor or decoder than the byte-level BPE family: silent
/// mis-tokenisation is worse than an error).
TokenizerFile ParseTokenizerFile(std::string_view json, std::string source);
TokenizerFile LoadTokenizerFile(const std::filesystem::path& path);

}  // namespace kani::model
