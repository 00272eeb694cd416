// Learns a byte-level BPE tokenizer from texts, in the layout of a KaniTTS2 model: special tokens,
// the 256 bytes, what was learned, ten control tokens, audio tokens. Writes nothing:
// tokenizer_writer.h does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "model/token_layout.h"
#include "model/tokenizer_file.h"
#include "text/pre_tokenizer.h"
#include "train/tokenizer/lfm2_tokenizer.h"
#include "train/tokenizer/merge_learner.h"

namespace kani::train {

struct BpeOptions {
  /// Special tokens, the 256 bytes, and what is learned: TokenLayout::text_vocab_size.
  int32_t vocab_size = 512;
  /// A pair of neighbours that occurs less often than this is not worth a token.
  int64_t min_pair_count = 2;
  /// By id. At least eight: 0 is the padding, 1 what stands before every text, 2 what ends it,
  /// 7 the end of a turn, as in LFM2.
  std::vector<std::string> special_tokens{kLfm2SpecialTokens.begin(), kLfm2SpecialTokens.end()};
  std::string pattern{model::kLfm2Pattern};
  int32_t codebooks = 4;
  int32_t codebook_size = 4032;

  /// Where the tokens lie; what config.json of the language model has to say.
  model::TokenLayout layout() const;
};

/// The result depends on the options and on which texts were added how often, not on their order.
/// Not thread-safe.
class BpeTrainer {
 public:
  /// Throws kInvalidArgument for sizes out of range and for special tokens that are missing, empty,
  /// longer than 256 bytes, not UTF-8, given twice, single bytes or named like a control token;
  /// kInvalidFile for a pattern that does not compile.
  explicit BpeTrainer(BpeOptions options);

  /// Adds one text, a sentence or a paragraph, as the language model will read it: with its tag
  /// ("en: Good morning.") when the model is trained with tags. A special token inside is text.
  /// `source` and `line` name the text in errors.
  /// Throws kInvalidArgument for invalid UTF-8, kResourceExhausted for more than 64 KiB or when all
  /// different pieces of all texts together have more than 32 MiB.
  void Add(std::string_view text, std::string_view source, int64_t line);
  /// Adds each line as one text; ends of lines (LF or CR LF) are not part of it.
  void AddLines(std::string_view lines, std::string_view source);
  /// The same of a file.
  void AddFile(const std::filesystem::path& path);

  /// Throws kInvalidArgument when the texts have too few pairs for the vocabulary, and says how
  /// large it can be: a smaller one than asked would not fit the model's configuration.
  model::TokenizerFile Train() const;

 private:
  const BpeOptions options_;
  const text::PreTokenizer pre_tokenizer_;
  PieceCounts pieces_;
  size_t piece_bytes_ = 0;  ///< of the different pieces
};

}  // namespace kani::train
