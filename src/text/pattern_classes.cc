#include "text/pattern_classes.h"

#include <oniguruma.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <vector>

#include "base/error.h"
#include "text/unicode_16.h"

namespace kani::text {
namespace {

/// The name under which Oniguruma knows a class; empty if it is none of ours.
std::string RegisteredName(std::string_view name) {
  static std::mutex mutex;
  // Oniguruma keeps the pointers.
  static std::map<std::string, std::vector<OnigCodePoint>, std::less<>> registered;
  std::string key;
  for (const char c : name) {
    if (c == ' ' || c == '_' || c == '-') continue;
    key += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  const std::string own_name = "kani" + key;
  const std::lock_guard lock(mutex);
  if (registered.contains(key)) return own_name;
  const CodeRanges ranges = ClassOfUnicode16(key);
  if (ranges.empty()) return "";
  std::vector<OnigCodePoint>& stored = registered[key];
  stored.push_back(static_cast<OnigCodePoint>(ranges.size()));
  for (const auto& [first, last] : ranges) {
    stored.push_back(first);
    stored.push_back(last);
  }
  if (onig_unicode_define_user_property(own_name.c_str(), stored.data()) != ONIG_NORMAL) {
    registered.erase(key);
    Fail(ErrorCode::kUnsupported, "tokenizer: pattern: the class ", Quoted(name),
         " is one too many for Oniguruma");
  }
  return own_name;
}

/// \p{NAME}, \P{NAME} or \p{^NAME} at the beginning of `rest`, and how many bytes it has.
struct Property {
  char letter = 'p';
  bool is_inverted = false;
  std::string_view name;
  size_t bytes = 0;  ///< 0: there is none
};
Property PropertyAt(std::string_view rest) {
  Property out;
  if (rest.size() < 4 || (rest[1] != 'p' && rest[1] != 'P') || rest[2] != '{') return out;
  const size_t end = rest.find('}');
  if (end == std::string_view::npos) return out;
  out.letter = rest[1];
  out.name = rest.substr(3, end - 3);
  out.is_inverted = out.name.starts_with('^');
  if (out.is_inverted) out.name.remove_prefix(1);
  out.bytes = end + 1;
  return out;
}

/// The escape at the beginning of `rest` in our words, and how many bytes it has.
std::string Replaced(std::string_view rest, size_t& bytes) {
  bytes = std::min<size_t>(2, rest.size());
  const std::string as_it_is(rest.substr(0, bytes));
  if (as_it_is == "\\d") return "\\p{" + RegisteredName("nd") + "}";
  if (as_it_is == "\\D") return "\\P{" + RegisteredName("nd") + "}";
  if (as_it_is == "\\w") return "\\p{" + RegisteredName("word") + "}";
  if (as_it_is == "\\W") return "\\P{" + RegisteredName("word") + "}";
  const Property property = PropertyAt(rest);
  if (property.bytes == 0) return as_it_is;
  const std::string name = RegisteredName(property.name);
  if (name.empty()) return as_it_is;
  bytes = property.bytes;
  return StrCat("\\", property.letter, "{", property.is_inverted ? "^" : "", name, "}");
}

}  // namespace

std::string WithClassesOfUnicode16(std::string_view pattern) {
  std::string out;
  for (size_t at = 0; at < pattern.size();) {
    if (pattern[at] != '\\') {
      out += pattern[at++];
      continue;
    }
    size_t bytes = 0;
    out += Replaced(pattern.substr(at), bytes);
    at += bytes;
  }
  return out;
}

}  // namespace kani::text
