// The little of HTML that stands in running text: character references and tags.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kani::text {

/// What a tag means to somebody who listens.
enum class TagEffect {
  kNone,       ///< changes the look only
  kLine,       ///< ends a line: <br>, <li>, <tr>
  kParagraph,  ///< ends a paragraph: <p>, <h1>, <div>
  kCell,       ///< a cell of a table begins
  kHidden,     ///< what stands up to its end is never shown: <script>
  kRaised,     ///< <sup>
};

struct Tag {
  std::string name;  ///< in lower case
  TagEffect effect = TagEffect::kNone;
  bool is_end = false;
  std::string alt;  ///< of an image
};

/// A tag of HTML such as "<br/>"; declarations and comments come back without a name. Nothing for
/// other names: "<angle>" may be meant.
/// @param written from '<' to '>'.
std::optional<Tag> ParseTag(std::string_view written);

/// The characters of "&amp;", "&#8217;" or "&#x2019;" in UTF-8; nothing for an unknown name.
std::optional<std::string> DecodeCharacterReference(std::string_view written);

}  // namespace kani::text
