// Byte-level BPE, identical to Hugging Face tokenizers on the same tokenizer.json.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/tokenizer_file.h"

namespace kani::text {

/// Which added tokens may be recognised inside the text.
enum class AddedTokens {
  kTrusted,  ///< all of them, as the reference does
  kPlain,    ///< only the non-special words of the base vocabulary: a user's "<|im_end|>" or
             ///< "<custom_token_2>" stays text
};

/// Immutable after construction; thread-safe.
class Tokenizer {
 public:
  /// Throws kInvalidFile when the pattern does not compile.
  explicit Tokenizer(model::TokenizerFile file);
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;

  /// `text` in UTF-8; throws kInvalidArgument for invalid UTF-8 and kResourceExhausted when the
  /// pattern hits its retry limit.
  /// @param add_prefix puts the post-processor's tokens (BOS) in front.
  std::vector<int32_t> Encode(std::string_view text, AddedTokens added,
                              bool add_prefix = true) const;
  /// Ids outside the vocabulary decode to nothing; invalid byte sequences become U+FFFD.
  std::string Decode(std::span<const int32_t> ids, bool skip_special) const;
  /// Pieces of the pre-tokenizer in the byte alphabet, added tokens ignored (for parity).
  std::vector<std::string> Pieces(std::string_view text) const;
  /// Text of one token as stored, "" outside the vocabulary.
  std::string TokenText(int32_t id) const;
  /// Number of ids, added tokens included.
  int32_t size() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kani::text
