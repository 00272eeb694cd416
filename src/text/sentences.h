// Long text in pieces that fit the model, cut at sentence borders (ICU), else at clauses, else at
// words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kani::text {

struct TextChunk {
  std::string text;  ///< trimmed, never empty
  int pause_after_ms =
      0;  ///< silence that belongs after it: longer between paragraphs, 0 at the end
};

/// @param max_characters Unicode code points of one chunk, >= 20. Sentences are packed greedily.
/// @param language base language for the break rules ("" = root).
std::vector<TextChunk> SplitText(std::string_view text, std::string_view language,
                                 size_t max_characters);

/// The pause behind a text that something follows: a paragraph's, a sentence's, a clause's or none,
/// by the line breaks and the mark at its end.
int PauseBehindMs(std::string_view text);

}  // namespace kani::text
