// Markdown to the text that its reader would see, as sentences and paragraphs: no emphasis, rules,
// bullets, tables, code fences, link targets, tags of HTML.
#pragma once

#include <string>
#include <string_view>

namespace kani::text {

/// Parses with md4c (CommonMark with GitHub's tables, task lists and strikethrough) but for
/// indented code, which is how people indent. A heading, an item of a list and a row of a table end
/// a sentence, and so does a line of a plain list (WithLineEnds). Text without markup keeps its
/// words, marks and paragraphs. Linear in time.
/// REQUIRES: valid UTF-8.
std::string MarkdownToText(std::string_view markdown);

}  // namespace kani::text
