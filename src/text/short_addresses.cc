#include "text/short_addresses.h"

#include <algorithm>

#include "text/unicode.h"

namespace kani::text {
namespace {

bool IsHost(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-';
}

/// Behind the scheme and www of an address at `at`; `at` where there is none.
size_t SkipPrefix(std::string_view text, size_t at) {
  if (std::string_view("hHwW").find(text[at]) == std::string_view::npos) return at;
  if (IsWordCharacter(DecodeBefore(text, at).value)) return at;
  constexpr size_t kLongest = 8;
  const std::string lower = LowerCase(text.substr(at, kLongest));
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!lower.starts_with(scheme)) continue;
    const size_t host = at + scheme.size();
    return host < text.size() && IsHost(text[host]) ? host : at;
  }
  return lower.starts_with("www.") ? at + 4 : at;
}

}  // namespace

std::string WithShortAddresses(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    size_t host = SkipPrefix(text, at);
    if (host == at) {
      out += text[at++];
      continue;
    }
    if (LowerCase(text.substr(host, 4)) == "www.") host += 4;
    // An address ends at a blank; marks at its end belong to the sentence.
    constexpr std::string_view kOutside = " \t\r\n<>\"()[]{}|\\^`";
    size_t end = std::min(text.find_first_of(kOutside, host), text.size());
    constexpr std::string_view kMarks = ".,;:!?'*_~";
    while (end > host && kMarks.find(text[end - 1]) != std::string_view::npos) --end;
    const auto* const host_end =
        std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(host),
                         text.begin() + static_cast<std::ptrdiff_t>(end), IsHost);
    out.append(text.begin() + static_cast<std::ptrdiff_t>(host), host_end);
    at = std::max(end, host);
  }
  return out;
}

}  // namespace kani::text
