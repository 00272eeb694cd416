#include "text/emoji.h"

#include <unicode/locid.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "text/unicode.h"

namespace kani::text {
namespace {

struct EmojiName {
  std::string_view emoji;  // without variation selectors
  std::string_view english;
  std::string_view spanish;
};

constexpr EmojiName kNames[] = {
#include "text/emoji_names.inc"
};

constexpr char32_t kJoiner = U'\u200D';
constexpr char32_t kEmojiSelector = U'\uFE0F';
constexpr char32_t kFirstRegion = 0x1F1E6, kLastRegion = 0x1F1FF;

bool Has(char32_t c, UProperty property) {
  return u_hasBinaryProperty(static_cast<UChar32>(c), property) != 0;
}

bool IsTone(char32_t c) { return c >= 0x1F3FB && c <= 0x1F3FF; }
bool IsRegion(char32_t c) { return c >= kFirstRegion && c <= kLastRegion; }

std::string_view NameOf(std::string_view emoji, std::string_view language) {
  const auto* const found = std::lower_bound(
      std::begin(kNames), std::end(kNames), emoji,
      [](const EmojiName& name, std::string_view wanted) { return name.emoji < wanted; });
  if (found == std::end(kNames) || found->emoji != emoji) return {};
  return language == "en" ? found->english : language == "es" ? found->spanish : "";
}

/// "flag: Spain"; "" for letters that are no country's.
std::string FlagName(char32_t first, char32_t second, std::string_view language) {
  const char country[] = {static_cast<char>('A' + (first - kFirstRegion)),
                          static_cast<char>('A' + (second - kFirstRegion)), '\0'};
  icu::UnicodeString name;
  icu::Locale("", country).getDisplayCountry(icu::Locale(std::string(language).c_str()), name);
  std::string utf8;
  name.toUTF8String(utf8);
  if (utf8 == country) return "";
  return (language == "es" ? "bandera: " : "flag: ") + utf8;
}

/// What looks like one sign.
struct Cluster {
  size_t end = 0;                   // 0: none starts here
  std::vector<std::string> joined;  // the signs it is made of, as the table spells them
  char32_t regions[2] = {0, 0};
};

Cluster ClusterAt(std::string_view text, size_t at) {
  // Enough for the longest family.
  constexpr size_t kMaxJoined = 8;
  Cluster cluster;
  CodePoint c = DecodeAt(text, at);
  if (IsRegion(c.value)) {
    const CodePoint second = DecodeAt(text, at + c.bytes);
    if (!IsRegion(second.value)) return cluster;
    cluster.regions[0] = c.value;
    cluster.regions[1] = second.value;
    cluster.end = at + c.bytes + second.bytes;
    return cluster;
  }
  // Digits are emoji only under their frame; hearts and stars are text unless told otherwise.
  if (c.value < 0x200 || !Has(c.value, UCHAR_EMOJI) || IsTone(c.value)) return cluster;
  while (Has(c.value, UCHAR_EMOJI) && c.value >= 0x200 && cluster.joined.size() < kMaxJoined) {
    cluster.joined.emplace_back(text.substr(at, c.bytes));
    at += c.bytes;
    for (c = DecodeAt(text, at); IsTone(c.value) || c.value == kEmojiSelector;) {
      at += c.bytes;
      c = DecodeAt(text, at);
    }
    cluster.end = at;
    if (c.value != kJoiner) break;
    at += c.bytes;
    c = DecodeAt(text, at);
  }
  return cluster;
}

std::string NameOf(const Cluster& cluster, std::string_view language) {
  if (cluster.regions[0] != 0) return FlagName(cluster.regions[0], cluster.regions[1], language);
  std::string whole;
  for (const std::string& sign : cluster.joined) {
    if (!whole.empty()) AppendUtf8(whole, kJoiner);
    whole += sign;
  }
  if (const std::string_view name = NameOf(whole, language); !name.empty())
    return std::string(name);
  for (const std::string& sign : cluster.joined) {
    if (const std::string_view name = NameOf(sign, language); !name.empty()) {
      return std::string(name);
    }
  }
  return "";
}

size_t SkipBlanks(std::string_view text, size_t at) {
  while (at < text.size() && text[at] == ' ') ++at;
  return at;
}

/// Commas keep a name from running into the words around it.
void AppendName(std::string& out, std::string_view name, char32_t next) {
  while (out.ends_with(' ')) out.pop_back();
  const char32_t before = DecodeBefore(out, out.size()).value;
  if (IsWordCharacter(before)) out += ',';
  if (before != 0 && before != '\n' && before != '(') out += ' ';
  out += name;
  if (IsWordCharacter(next)) out += ", ";
}

}  // namespace

std::string WithEmojiNames(std::string_view text, std::string_view language) {
  if (language != "en" && language != "es") return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const Cluster cluster = ClusterAt(text, at);
    const std::string name = cluster.end == 0 ? "" : NameOf(cluster, language);
    if (name.empty()) {
      const size_t end = std::max(cluster.end, at + DecodeAt(text, at).bytes);
      out += text.substr(at, end - at);
      at = end;
      continue;
    }
    size_t next = SkipBlanks(text, cluster.end);
    at = cluster.end;
    // Said once, however often it is repeated.
    for (Cluster again = ClusterAt(text, next); again.end != 0 && NameOf(again, language) == name;
         again = ClusterAt(text, next)) {
      at = again.end;
      next = SkipBlanks(text, at);
    }
    AppendName(out, name, DecodeAt(text, next).value);
    if (IsWordCharacter(DecodeAt(text, next).value)) at = next;
  }
  return out;
}

std::string WithoutBlanksBeforeEmoji(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const Cluster cluster = ClusterAt(text, at);
    if (cluster.end == 0) {
      const size_t bytes = DecodeAt(text, at).bytes;
      out += text.substr(at, bytes);
      at += bytes;
      continue;
    }
    size_t end = cluster.end;
    std::string emoji(text.substr(at, end - at));
    for (size_t next = SkipBlanks(text, end);; next = SkipBlanks(text, end)) {
      const Cluster other = ClusterAt(text, next);
      if (other.end == 0) break;
      emoji += text.substr(next, other.end - next);
      end = other.end;
    }
    const char32_t behind = DecodeAt(text, end).value;
    if (behind == ' ' || IsWordCharacter(behind)) {
      out += text.substr(at, end - at);
    } else {
      while (out.ends_with(' ')) out.pop_back();
      out += emoji;
    }
    at = end;
  }
  return out;
}

}  // namespace kani::text
