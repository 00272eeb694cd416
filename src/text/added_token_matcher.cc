// The sorted list of tokens serves as a trie: tokens that share a prefix are neighbours.
#include "text/added_token_matcher.h"

#include <unicode/uchar.h>

#include <algorithm>

#include "text/unicode.h"
#include "text/unicode_16.h"

namespace kani::text {
namespace {

unsigned char ByteAt(std::string_view text, size_t at) {
  return static_cast<unsigned char>(text[at]);
}

/// \w of Unicode's regular expressions (UTS 18), which the reference asks for `single_word`.
bool IsRegexWord(char32_t c) {
  const auto code = static_cast<UChar32>(c);
  return u_hasBinaryProperty(code, UCHAR_ALPHABETIC) ||
         u_hasBinaryProperty(code, UCHAR_JOIN_CONTROL) || IsWordOfUnicode16(c);
}

bool InsideWord(std::string_view text, size_t begin, size_t end) {
  return (begin > 0 && IsRegexWord(DecodeBefore(text, begin).value)) ||
         (end < text.size() && IsRegexWord(DecodeAt(text, end).value));
}

/// Begin of the white space that ends at `at`, not before `low`.
size_t SpaceBegin(std::string_view text, size_t at, size_t low) {
  while (at > low) {
    const CodePoint before = DecodeBefore(text, at);
    if (!IsSpace(before.value)) break;
    at -= before.bytes;
  }
  return at;
}

size_t SpaceEnd(std::string_view text, size_t at) {
  while (at < text.size()) {
    const CodePoint next = DecodeAt(text, at);
    if (!IsSpace(next.value)) break;
    at += next.bytes;
  }
  return at;
}

}  // namespace

AddedTokenMatcher::AddedTokenMatcher(std::vector<const model::AddedToken*> tokens)
    : tokens_(std::move(tokens)) {
  std::sort(tokens_.begin(), tokens_.end(),
            [](const auto* a, const auto* b) { return a->content < b->content; });
  for (const model::AddedToken* token : tokens_) ++first_[ByteAt(token->content, 0) + 1u];
  for (size_t byte = 1; byte < first_.size(); ++byte) first_[byte] += first_[byte - 1];
}

const model::AddedToken* AddedTokenMatcher::LongestAt(std::string_view text, size_t at) const {
  const model::AddedToken* longest = nullptr;
  auto low = tokens_.begin() + static_cast<std::ptrdiff_t>(first_[ByteAt(text, at)]);
  auto high = tokens_.begin() + static_cast<std::ptrdiff_t>(first_[ByteAt(text, at) + 1u]);
  // [low, high) begin with the `size` bytes read so far; the shortest comes first.
  for (size_t size = 1; low != high; ++size) {
    if ((*low)->content.size() == size) longest = *low++;
    if (at + size == text.size()) break;
    const unsigned char byte = ByteAt(text, at + size);
    low = std::partition_point(
        low, high, [&](const auto* token) { return ByteAt(token->content, size) < byte; });
    high = std::partition_point(
        low, high, [&](const auto* token) { return ByteAt(token->content, size) <= byte; });
  }
  return longest;
}

void AddedTokenMatcher::Split(std::string_view text, std::vector<Segment>& out) const {
  size_t done = 0;  // everything before it is in `out`
  for (size_t at = 0; at < text.size();) {
    const model::AddedToken* token = LongestAt(text, at);
    if (token == nullptr) {
      ++at;
      continue;
    }
    size_t begin = at;
    size_t end = at + token->content.size();
    at = end;  // also behind a match that is refused, as in the reference
    if (token->single_word && InsideWord(text, begin, end)) continue;
    // White space that the token before has taken stays with it.
    if (token->lstrip) begin = std::max(done, SpaceBegin(text, begin, done));
    if (token->rstrip) end = SpaceEnd(text, end);
    if (done < begin) out.push_back({text.substr(done, begin - done)});
    out.push_back({text.substr(begin, end - begin), token->id});
    done = end;
  }
  if (done < text.size()) out.push_back({text.substr(done)});
}

}  // namespace kani::text
