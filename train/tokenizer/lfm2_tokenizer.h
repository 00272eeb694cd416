// What a learned tokenizer shares with that of LFM2, so that the official code takes it for one of
// the family: the special tokens and model::kLfm2Pattern; and what both need to speak.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/token_layout.h"
#include "model/tokenizer_file.h"

namespace kani::train {

/// By id. Start and end of text, 1 and 2, are in model::TokenLayout.
inline constexpr std::array<std::string_view, 16> kLfm2SpecialTokens = {
    "<|pad|>",        "<|startoftext|>", "<|endoftext|>",  "<|fim_pre|>",
    "<|fim_mid|>",    "<|fim_suf|>",     "<|im_start|>",   "<|im_end|>",
    "<|reserved_0|>", "<|reserved_1|>",  "<|reserved_2|>", "<|reserved_3|>",
    "<|reserved_4|>", "<|reserved_5|>",  "<|reserved_6|>", "<|reserved_7|>"};

inline constexpr int32_t kTextPad = 0;
/// The base model's EOS. Speech ends with a control token instead.
inline constexpr int32_t kEndOfTurn = 7;

/// Control and audio tokens: this, their number from 0, ">".
inline constexpr std::string_view kCustomTokenPrefix = "<custom_token_";

/// Appends the control and audio tokens, with the flags that the official code's add_tokens() gives
/// them.
void AddSpeechTokens(const model::TokenLayout& tokens, std::vector<model::AddedToken>& added);

/// The tokenizer of a language model that is to speak: the base's with those tokens.
/// Throws kInvalidFile if the base does not end where they begin.
/// @param source of the base, for messages
model::TokenizerFile SpeechTokenizer(model::TokenizerFile base, const model::TokenLayout& tokens,
                                     const std::string& source);

}  // namespace kani::train
