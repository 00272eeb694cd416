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

/// What the pre-tokenizer ByteLevel splits by unless it is told not to (`use_regex`): GPT-2's.
inline constexpr std::string_view kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// What the pre-tokenizer Digits splits by. Its numbers are those of Unicode 17 in the official
/// library, where \p{N} has those of 16.
inline constexpr std::string_view kDigitPattern =
    R"([\p{N}\x{11DE0}-\x{11DE9}\x{16FF4}-\x{16FF6}])";

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
  /// Pre-tokenizer: regular expressions, each of which splits what the one before has left.
  std::vector<std::string> patterns;
  bool ignore_merges = false;
  std::vector<int32_t> prefix_ids;  ///< what the post-processor puts in front (BOS)

  /// Number of ids, which are [0, size()): the vocabulary, then the added tokens it lacks.
  int32_t size() const;
  bool operator==(const TokenizerFile&) const = default;
};

/// `truncation` and `padding` are left out, as AutoTokenizer does: they are what the last caller of
/// the official library asked for. Throws kInvalidFile, kResourceExhausted (file above 32 MiB) or
/// kUnsupported (another model, normaliser, pre-tokenizer, post-processor or decoder than the
/// byte-level BPE family: silent mis-tokenisation is worse than an error).
TokenizerFile ParseTokenizerFile(std::string_view json, std::string source);
TokenizerFile LoadTokenizerFile(const std::filesystem::path& path);

/// The text of a file, each pattern a Split in front of ByteLevel: ParseTokenizerFile() of it is
/// `file` again, and equal files give equal bytes. Tokens and merges stand in the order of their
/// ids and ranks, one a line. REQUIRES: prefix_ids are ids of `vocab`.
std::string FormatTokenizerFile(const TokenizerFile& file);
/// Writes atomically. Throws what ParseTokenizerFile() throws when it would refuse the file, and
/// kIo.
void SaveTokenizerFile(const TokenizerFile& file, const std::filesystem::path& path);

}  // namespace kani::model
