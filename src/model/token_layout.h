// The only source of token ids: where control tokens and codes lie in the vocabulary.
#pragma once

#include <cstdint>

namespace kani::model {

/// In a list of rows: the projected speaker embedding instead of a token.
inline constexpr int32_t kSpeakerRow = -1;

/// Vocabulary of a KaniTTS2 model: [0, text_vocab_size) text, ten control tokens, then one range of
/// `codebook_size` audio tokens per codebook. An *audio token* is a vocabulary id, a *code* an
/// index in one codebook, a *frame* one code per codebook.
struct TokenLayout {
  int32_t text_vocab_size = 0;
  int32_t audio_tokens_start = 0;
  int32_t codebooks = 0;  ///< = tokens_per_frame
  int32_t codebook_size = 0;

  static constexpr int32_t kControlTokens = 10;  ///< after the text
  static constexpr int32_t kStartOfText = 1;     ///< BOS, which the tokenizer itself puts in front
  static constexpr int32_t kEndOfText = 2;
  int32_t start_of_speech() const { return text_vocab_size + 1; }
  int32_t end_of_speech() const { return text_vocab_size + 2; }
  int32_t start_of_human() const { return text_vocab_size + 3; }
  int32_t end_of_human() const { return text_vocab_size + 4; }
  int32_t start_of_ai() const { return text_vocab_size + 5; }
  int32_t end_of_ai() const { return text_vocab_size + 6; }
  int32_t pad() const { return text_vocab_size + 7; }
  int32_t vocab_size() const { return audio_tokens_start + codebooks * codebook_size; }

  bool IsAudio(int32_t token) const { return token >= audio_tokens_start; }
  /// First audio token of a codebook.
  int32_t CodebookStart(int32_t codebook) const {
    return audio_tokens_start + codebook * codebook_size;
  }
};

}  // namespace kani::model
