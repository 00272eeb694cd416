// Hugging Face tokenizer.json of the byte-level BPE kind: what is on disk, checked, nothing encoded
// yet; read and written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kani::model {

/// The pre-tokenizer of LFM2: words with their leading blank, numbers by three digits, runs of
/// other characters.
inline constexpr std::string_view kLfm2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

struct AddedToken {
  int32_t id = 0;
  std::string content;
  bool single_word = false;
  bool lstrip = false;
  bool rstrip = false;
  bool normalized = false;
  bool special = false;

  bool operator==(const AddedToken&) const = default;
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
  bool operator==(const TokenizerFile&) const = default;
};

/// Throws kInvalidFile, kResourceExhausted (file above 32 MiB) or kUnsupported (another model,
/// normaliser, pre-tokenizer, post-processor or decoder than the byte-level BPE family: silent
/// mis-tokenisation is worse than an error).
TokenizerFile ParseTokenizerFile(std::string_view json, std::string source);
TokenizerFile LoadTokenizerFile(const std::filesystem::path& path);

/// The text of a file: ParseTokenizerFile() of it is `file` again, and equal files give equal
/// bytes. Tokens and merges stand in the order of their ids and ranks, one a line.
/// REQUIRES: prefix_ids are ids of `vocab`.
std::string FormatTokenizerFile(const TokenizerFile& file);
/// Writes atomically. Throws what ParseTokenizerFile() throws when it would refuse the file, and
/// kIo.
void SaveTokenizerFile(const TokenizerFile& file, const std::filesystem::path& path);

}  // namespace kani::model
