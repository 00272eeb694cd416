// Layout of a prompt: which rows the language model reads before it writes audio tokens.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "model/token_layout.h"
#include "text/tokenizer.h"

namespace kani::text {

using model::kSpeakerRow;

/// SOH, [speaker row], BOS + BPE("tag: text"), end of text, EOH, SOAI, SOS. SOAI and SOS are filled
/// in rather than generated: training always has them there.
/// @param language tag, "" for none.
std::vector<int32_t> BuildPrompt(const Tokenizer& tokenizer, const model::TokenLayout& tokens,
                                 std::string_view text, std::string_view language,
                                 bool with_speaker, AddedTokens added = AddedTokens::kPlain);

}  // namespace kani::text
