// E-mail and web addresses: every sign by its name.
#include <algorithm>
#include <array>

#include "text/rules.h"

namespace kani::text {
namespace {

// Domains that end a bare name ("example.com"). None that is also a word which may follow a period
// without a blank.
constexpr auto kTopDomains = std::to_array<std::string_view>(
    {"com", "org",  "net",   "edu", "gov", "mil", "io", "ai",   "dev",  "app",    "info", "biz",
     "tv",  "co",   "uk",    "us",  "mx",  "ar",  "cl", "pe",   "ve",   "ec",     "br",   "pt",
     "fr",  "de",   "eu",    "cat", "gob", "es",  "ca", "blog", "shop", "online", "tech", "site",
     "xyz", "wiki", "cloud", "it",  "ch",  "nl",  "jp", "cn",   "ru",   "kg"});

bool IsOneOf(char32_t c, std::string_view set) {
  return c < 0x80 && c != 0 && set.find(static_cast<char>(c)) != std::string_view::npos;
}

bool IsAsciiAlphanumeric(char32_t c) { return c < 0x80 && IsWordCharacter(c); }

template <typename Belongs>
size_t ScanWhile(const Reader& reader, size_t at, Belongs belongs) {
  while (at < reader.size()) {
    const CodePoint c = DecodeAt(reader.text(), at);
    if (!belongs(c.value)) break;
    at += c.bytes;
  }
  return at;
}

size_t NameEnd(const Reader& reader, size_t at) {
  return ScanWhile(reader, at,
                   [](char32_t c) { return IsAsciiAlphanumeric(c) || IsOneOf(c, "._%+-"); });
}

/// Behind everything that may belong to an address, without the punctuation of the sentence.
size_t AddressEnd(const Reader& reader, size_t at) {
  size_t end = ScanWhile(reader, at, [](char32_t c) {
    return IsWordCharacter(c) || IsOneOf(c, "._~:/?#@!$&'*+,;=%-");
  });
  while (end > at && IsOneOf(reader.Before(end), ".,;:!?'-*")) --end;
  return end;
}

/// "example.com", "news.example.co.uk": labels of letters, digits and hyphens.
bool IsDomain(std::string_view name, bool known_top_only) {
  size_t labels = 0;
  std::string_view label;
  for (;;) {
    const size_t dot = name.find('.');
    label = name.substr(0, dot);
    const bool is_good = !label.empty() && label.front() != '-' && label.back() != '-' &&
                         label.find_first_of("_%+") == std::string_view::npos;
    if (!is_good) return false;
    ++labels;
    if (dot == std::string_view::npos) break;
    name.remove_prefix(dot + 1);
  }
  if (labels < 2) return false;
  if (known_top_only)
    return std::find(kTopDomains.begin(), kTopDomains.end(), label) != kTopDomains.end();
  return label.size() >= 2 && std::all_of(label.begin(), label.end(), [](char c) {
           return IsLetter(static_cast<unsigned char>(c));
         });
}

std::string_view WithoutFinalPeriods(std::string_view name) {
  while (name.ends_with('.') || name.ends_with('-')) name.remove_suffix(1);
  return name;
}

/// Scheme in front of an address, or 0 bytes.
size_t SchemeBytes(const Reader& reader, size_t at) {
  constexpr size_t kLongest = 8;
  const std::string start =
      LowerCase(reader.text().substr(at, std::min(kLongest, reader.size() - at)));
  for (const std::string_view scheme : {"https://", "http://", "ftp://", "mailto:"}) {
    if (std::string_view(start).starts_with(scheme)) return scheme.size();
  }
  return 0;
}

std::string SayAddress(std::string_view address, const Verbaliser& verbaliser) {
  std::string out;
  const auto say = [&out](std::string_view word) {
    if (!out.empty() && !word.empty()) out += ' ';
    out += word;
  };
  const Reader reader(address);
  for (size_t at = 0; at < address.size();) {
    if (reader.DigitAt(at)) {
      const size_t end = reader.DigitsEnd(at);
      say(SayGluedDigits(verbaliser, reader.Slice(at, end)));
      at = end;
      continue;
    }
    const auto& symbols = verbaliser.tables().web_symbols;
    const auto symbol = std::find_if(symbols.begin(), symbols.end(), [&](const Symbol& s) {
      return IsLetter(DecodeAt(s.written, 0).value) ? reader.StartsWithWord(at, s.written)
                                                    : reader.StartsWith(at, s.written);
    });
    if (symbol != symbols.end()) {
      say(symbol->spoken);
      at += symbol->written.size();
      continue;
    }
    const size_t end = ScanWhile(reader, at, IsLetter);
    say(reader.Slice(at, end));
    at = end > at ? end : at + DecodeAt(address, at).bytes;
  }
  return out;
}

}  // namespace

std::optional<Expansion> WebAddress(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  const char32_t before = reader.Before(at);
  if (!IsAsciiAlphanumeric(reader.At(at)) || IsWordCharacter(before) ||
      IsOneOf(before, "._%+-@/")) {
    return {};
  }
  size_t begin = at + SchemeBytes(reader, at);
  size_t end = 0;
  const std::string_view name = WithoutFinalPeriods(reader.Slice(begin, NameEnd(reader, begin)));
  if (begin > at) {
    end = AddressEnd(reader, begin);
  } else if (reader.StartsWith(begin + name.size(), "@")) {
    const size_t host = begin + name.size() + 1;
    const std::string_view domain = WithoutFinalPeriods(reader.Slice(host, NameEnd(reader, host)));
    if (!IsDomain(domain, false)) return {};
    end = host + domain.size();
  } else if (name.starts_with("www.") ? IsDomain(name, false) : IsDomain(name, true)) {
    end = begin + name.size();
    const bool has_path =
        reader.StartsWith(end, "/") || (reader.StartsWith(end, ":") && reader.DigitAt(end + 1));
    if (has_path) end = AddressEnd(reader, end);
  } else {
    return {};
  }
  std::string_view address = reader.Slice(begin, end);
  if (address.ends_with('/')) address.remove_suffix(1);
  if (address.empty()) return {};
  return Expansion{end, SayAddress(address, verbaliser)};
}

}  // namespace kani::text
