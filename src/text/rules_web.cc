// E-mail and web addresses, hosts with ports, names of files: every sign by its name.
#include <algorithm>
#include <array>

#include "text/language_profile.h"
#include "text/rules.h"

namespace kani::text {
namespace {

// Domains that end a bare name ("example.com"). None that is also a word which may follow a period
// without a blank.
constexpr auto kTopDomains = std::to_array<std::string_view>(
    {"com", "org",  "net",   "edu", "gov", "mil", "io", "ai",   "dev",  "app",    "info", "biz",
     "tv",  "co",   "uk",    "us",  "mx",  "ar",  "cl", "pe",   "ve",   "ec",     "br",   "pt",
     "fr",  "de",   "eu",    "cat", "gob", "es",  "ca", "blog", "shop", "online", "tech", "site",
     "xyz", "wiki", "cloud", "it",  "ch",  "nl",  "jp", "cn",   "ru",   "kg",     "nz",   "au",
     "za",  "se",   "dk",    "fi",  "pl",  "ie",  "il", "kr",   "sg",   "hk",     "tw",   "th",
     "vn",  "tr",   "ua",    "cz",  "gr",  "hu",  "bg", "rs",   "hr",   "sk",     "int",  "uy",
     "py",  "bo",   "cr",    "gt",  "sv",  "hn",  "ni", "pa",   "cu",   "edu",    "gg",   "ly"});
// Words too: only behind a second label that is known ("co.in").
constexpr auto kWordDomains = std::to_array<std::string_view>({"in", "no", "at", "be", "my", "me"});

// What files end in; a name with one is said as an address is.
constexpr auto kFileEndings = std::to_array<std::string_view>(
    {"txt",  "pdf",  "jpg", "jpeg", "png", "gif",  "svg", "webp", "mp3",  "mp4",  "wav",
     "flac", "ogg",  "csv", "tsv",  "doc", "docx", "xls", "xlsx", "ppt",  "pptx", "odt",
     "html", "htm",  "css", "js",   "ts",  "json", "xml", "yaml", "yml",  "toml", "ini",
     "cfg",  "conf", "log", "md",   "py",  "cc",   "cpp", "hpp",  "java", "rs",   "sh",
     "exe",  "dll",  "zip", "tar",  "gz",  "iso",  "apk", "php"});

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
    return IsWordCharacter(c) || IsOneOf(c, "._~:/?#@!$&'*+,;=%-|^");
  });
  while (end > at && IsOneOf(reader.Before(end), ".,;:!?'-*|")) --end;
  return end;
}

enum class Top { kAny, kKnown, kFile };

bool IsTop(std::string_view label, Top top) {
  const std::string lower = LowerCase(label);
  switch (top) {
    case Top::kKnown:
      return std::find(kTopDomains.begin(), kTopDomains.end(), lower) != kTopDomains.end();
    case Top::kFile:
      return std::find(kFileEndings.begin(), kFileEndings.end(), lower) != kFileEndings.end();
    case Top::kAny:
      break;
  }
  return label.size() >= 2 && std::all_of(label.begin(), label.end(), [](char c) {
           return IsLetter(static_cast<unsigned char>(c));
         });
}

/// "example.com", "news.example.co.uk": labels of letters, digits and hyphens. @param labels set to
/// how many there are.
bool IsDomain(std::string_view name, Top top, size_t& labels) {
  labels = 0;
  std::string_view label;
  for (;;) {
    const size_t dot = name.find('.');
    label = name.substr(0, dot);
    const bool is_good = !label.empty() && label.front() != '-' && label.back() != '-' &&
                         label.find_first_of("%+") == std::string_view::npos;
    if (!is_good) return false;
    ++labels;
    if (dot == std::string_view::npos) break;
    name.remove_prefix(dot + 1);
  }
  const bool is_word =
      top == Top::kKnown && labels > 2 &&
      std::find(kWordDomains.begin(), kWordDomains.end(), label) != kWordDomains.end();
  return labels >= 2 && (is_word || IsTop(label, top));
}

/// "fin.de semana": a period without its blank between two words of the language.
bool IsTwoWords(std::string_view name, const LanguageTables& tables) {
  const size_t dot = name.find('.');
  const std::string end = LowerCase(name.substr(dot + 1));
  if (!Contains(tables.web_words, end)) return false;
  constexpr size_t kShortLabel = 3;
  return dot <= kShortLabel || end == tables.day_link ||
         IsFunctionWord(LowerCase(name.substr(0, dot)));
}

/// Four numbers with points, with a port behind them.
bool IsAddressWithPort(const Reader& reader, size_t at, std::string_view name) {
  size_t dots = 0;
  for (const char c : name) {
    if (c != '.' && !IsDigit(static_cast<unsigned char>(c))) return false;
    dots += c == '.';
  }
  const size_t end = at + name.size();
  return dots == 3 && reader.StartsWith(end, ":") && reader.DigitAt(end + 1);
}

/// IPv6 and MAC addresses: three and more groups of hexadecimal digits with colons.
size_t HexEnd(const Reader& reader, size_t at) {
  size_t end = at;
  int groups = 0;
  bool has_letter = false;
  constexpr int kMaxGroups = 8;
  while (groups < kMaxGroups) {
    const size_t begin = end;
    while (end - begin < 5 && end < reader.size()) {
      const char32_t c = reader.At(end);
      const bool is_hex_letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      if (!IsDigit(c) && !is_hex_letter) break;
      has_letter |= is_hex_letter;
      ++end;
    }
    if (end - begin > 4) return at;
    ++groups;
    if (!reader.StartsWith(end, ":")) break;
    ++end;
    if (reader.StartsWith(end, ":")) ++end;
  }
  const bool is_address = groups >= 4 && (has_letter || groups >= 6);
  return is_address && !IsWordCharacter(reader.At(end)) && reader.Before(end) != ':' ? end : at;
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
  for (const std::string_view scheme : {"https://", "http://", "ftp://", "mailto:", "file://"}) {
    if (std::string_view(start).starts_with(scheme)) return scheme.size();
  }
  return 0;
}

/// Letters that no word has are spelled: "txt". A word has a vowel.
std::string SayLabel(std::string_view label) {
  constexpr size_t kLongestSpelled = 4;
  const std::string lower = LowerCase(label);
  const bool is_word = label.size() > kLongestSpelled || label.size() < 2 ||
                       lower.find_first_of("aeiouy") != std::string::npos;
  if (is_word) return std::string(label);
  std::string out;
  for (const char c : label) {
    if (!out.empty()) out += ' ';
    out += c;
  }
  return out;
}

std::string SayAddress(std::string_view address, const Verbaliser& verbaliser, bool digits_only) {
  std::string out;
  const auto say = [&out](std::string_view word) {
    if (!out.empty() && !word.empty()) out += ' ';
    out += word;
  };
  const Reader reader(address);
  for (size_t at = 0; at < address.size();) {
    if (reader.DigitAt(at)) {
      const size_t end = reader.DigitsEnd(at);
      const std::string_view digits = reader.Slice(at, end);
      const bool is_port = reader.Before(at) == ':';
      const bool is_round = is_port && digits.ends_with("000");
      say(digits_only || (is_port && !is_round) ? verbaliser.Digits(digits)
          : is_round                            ? verbaliser.DigitsOrValue(digits)
                                                : SayGluedDigits(verbaliser, digits));
      at = end;
      continue;
    }
    const auto& symbols = verbaliser.tables().web_symbols;
    const auto symbol = std::find_if(symbols.begin(), symbols.end(), [&](const Symbol& s) {
      if (!IsLetter(DecodeAt(s.written, 0).value)) return reader.StartsWith(at, s.written);
      const size_t end = at + s.written.size();
      return end <= address.size() && LowerCase(reader.Slice(at, end)) == s.written &&
             reader.WordBorder(end);
    });
    if (symbol != symbols.end()) {
      say(symbol->spoken);
      at += symbol->written.size();
      continue;
    }
    const size_t end = ScanWhile(reader, at, IsLetter);
    const bool behind_dot = reader.Before(at) == '.';
    say(behind_dot ? SayLabel(reader.Slice(at, end)) : std::string(reader.Slice(at, end)));
    at = end > at ? end : at + DecodeAt(address, at).bytes;
  }
  return out;
}

/// Behind the host and its port, path, query or fragment.
size_t PathEnd(const Reader& reader, size_t end) {
  const char32_t next = reader.At(end);
  const bool has_path = next == '/' || (next == ':' && reader.DigitAt(end + 1)) ||
                        ((next == '?' || next == '#') && IsWordCharacter(reader.At(end + 1)));
  return has_path ? AddressEnd(reader, end) : end;
}

/// "mail .b@example.com": the point of a name, or a slip.
bool IsBehindLonePoint(const Reader& reader, size_t at) {
  return reader.Before(at) == '.' && (at == 1 || IsSpace(reader.Before(at - 1)));
}

bool IsPathCharacter(char32_t c) { return IsWordCharacter(c) || IsOneOf(c, "._~-+@/\\"); }

/// Behind the path of a file that begins at `at`: "/usr/bin", "~/notes", "C:\\Users\\Ana",
/// "src/main.cc"; `at` for anything else.
size_t FilePathEnd(const Reader& reader, size_t at) {
  const bool has_drive = IsLetter(reader.At(at)) && reader.StartsWith(at + 1, ":\\");
  size_t end = ScanWhile(reader, has_drive ? at + 3 : at, IsPathCharacter);
  while (end > at && IsOneOf(reader.Before(end), ".,-")) --end;
  const std::string_view path = reader.Slice(at, end);
  if (has_drive) return path.size() > 3 ? end : at;
  if (path.find("//") != std::string_view::npos || path.find('\\') != std::string_view::npos) {
    return at;
  }
  const size_t first = path.find('/');
  const size_t last = path.rfind('/');
  if (first == std::string_view::npos || last + 1 == path.size()) return at;
  const bool is_home = path.starts_with("~/") || path.starts_with("./") || path.starts_with("../");
  const bool is_deep = first == 0 && last > 1 && IsLetter(reader.At(at + 1));
  size_t labels = 0;
  const bool has_ending = IsDomain(path.substr(last + 1), Top::kFile, labels);
  const bool is_path = is_home || is_deep || (has_ending && !IsDigit(reader.At(at)));
  return is_path ? end : at;
}

}  // namespace

std::optional<Expansion> FilePath(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  const char32_t before = reader.Before(at);
  const bool may_begin = before == 0 || IsSpace(before) || IsOneOf(before, "(\"'`[:=") ||
                         before == U'“' || before == U'«';
  if (!may_begin) return {};
  const size_t end = FilePathEnd(reader, at);
  if (end == at) return {};
  return Expansion{end, SayAddress(reader.Slice(at, end), verbaliser, false)};
}

std::optional<Expansion> WebAddress(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  const char32_t before = reader.Before(at);
  if (!IsAsciiAlphanumeric(reader.At(at)) || IsWordCharacter(before) ||
      (IsOneOf(before, "._%+-@/\\") && !IsBehindLonePoint(reader, at))) {
    return {};
  }
  const LanguageTables& tables = verbaliser.tables();
  if (const size_t end = HexEnd(reader, at); end > at) {
    return Expansion{end, SayAddress(reader.Slice(at, end), verbaliser, true)};
  }
  size_t begin = at + SchemeBytes(reader, at);
  size_t end = 0;
  size_t labels = 0;
  bool digits_only = false;
  const std::string_view name = WithoutFinalPeriods(reader.Slice(begin, NameEnd(reader, begin)));
  const bool has_www = LowerCase(name.substr(0, 4)) == "www.";
  if (begin > at) {
    end = AddressEnd(reader, begin);
  } else if (reader.StartsWith(begin + name.size(), "@") ||
             reader.StartsWith(begin + name.size(), "&")) {
    // An ampersand inside the name of a mailbox.
    size_t mailbox_end = begin + name.size();
    if (reader.StartsWith(mailbox_end, "&")) {
      mailbox_end = NameEnd(reader, mailbox_end + 1);
      if (!reader.StartsWith(mailbox_end, "@")) return {};
    }
    const size_t host = mailbox_end + 1;
    const std::string_view domain = WithoutFinalPeriods(reader.Slice(host, NameEnd(reader, host)));
    if (!IsDomain(domain, Top::kAny, labels)) return {};
    end = PathEnd(reader, host + domain.size());
  } else if (name == "localhost" && reader.StartsWith(begin + name.size(), ":")) {
    end = PathEnd(reader, begin + name.size());
  } else if (IsAddressWithPort(reader, begin, name)) {
    end = PathEnd(reader, begin + name.size());
    digits_only = false;
  } else if (has_www ? IsDomain(name, Top::kAny, labels) : IsDomain(name, Top::kKnown, labels)) {
    if (!has_www && labels == 2 && IsTwoWords(name, tables)) return {};
    end = PathEnd(reader, begin + name.size());
  } else if (IsDomain(name, Top::kFile, labels)) {
    end = begin + name.size();
  } else {
    // An unknown ending, with a path that nothing else has: "site.example/page".
    const bool has_path =
        reader.StartsWith(begin + name.size(), "/") && IsLetter(reader.At(begin + name.size() + 1));
    const bool is_host = IsDomain(name, Top::kAny, labels) && has_path &&
                         name.find_first_of("0123456789_") == std::string_view::npos &&
                         name.find('.') > 2 && labels < 4 && name == LowerCase(name);
    if (!is_host) return {};
    end = PathEnd(reader, begin + name.size());
  }
  std::string_view address = reader.Slice(begin, end);
  if (address.ends_with('/')) address.remove_suffix(1);
  if (address.empty()) return {};
  return Expansion{end, SayAddress(address, verbaliser, digits_only)};
}

}  // namespace kani::text
