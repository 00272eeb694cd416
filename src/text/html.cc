#include "text/html.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "text/unicode.h"

namespace kani::text {
namespace {

struct KnownTag {
  std::string_view name;
  TagEffect effect;
};

constexpr auto kNone = TagEffect::kNone, kLine = TagEffect::kLine,
               kParagraph = TagEffect::kParagraph, kCell = TagEffect::kCell,
               kHidden = TagEffect::kHidden, kRaised = TagEffect::kRaised;

constexpr KnownTag kTags[] = {
    {"a", kNone},
    {"abbr", kNone},
    {"address", kParagraph},
    {"article", kParagraph},
    {"aside", kParagraph},
    {"audio", kNone},
    {"b", kNone},
    {"bdi", kNone},
    {"bdo", kNone},
    {"big", kNone},
    {"blockquote", kParagraph},
    {"body", kParagraph},
    {"br", kLine},
    {"button", kNone},
    {"canvas", kNone},
    {"caption", kParagraph},
    {"center", kParagraph},
    {"cite", kNone},
    {"code", kNone},
    {"col", kNone},
    {"colgroup", kNone},
    {"dd", kLine},
    {"del", kNone},
    {"details", kParagraph},
    {"dfn", kNone},
    {"div", kParagraph},
    {"dl", kParagraph},
    {"dt", kLine},
    {"em", kNone},
    {"figcaption", kParagraph},
    {"figure", kParagraph},
    {"font", kNone},
    {"footer", kParagraph},
    {"form", kParagraph},
    {"h1", kParagraph},
    {"h2", kParagraph},
    {"h3", kParagraph},
    {"h4", kParagraph},
    {"h5", kParagraph},
    {"h6", kParagraph},
    {"head", kParagraph},
    {"header", kParagraph},
    {"hr", kParagraph},
    {"html", kParagraph},
    {"i", kNone},
    {"iframe", kNone},
    {"img", kNone},
    {"input", kNone},
    {"ins", kNone},
    {"kbd", kNone},
    {"label", kNone},
    {"legend", kParagraph},
    {"li", kLine},
    {"link", kNone},
    {"main", kParagraph},
    {"mark", kNone},
    {"meta", kNone},
    {"nav", kParagraph},
    {"noscript", kNone},
    {"ol", kParagraph},
    {"option", kLine},
    {"p", kParagraph},
    {"picture", kNone},
    {"pre", kParagraph},
    {"q", kNone},
    {"s", kNone},
    {"samp", kNone},
    {"script", kHidden},
    {"section", kParagraph},
    {"select", kParagraph},
    {"small", kNone},
    {"source", kNone},
    {"span", kNone},
    {"strike", kNone},
    {"strong", kNone},
    {"style", kHidden},
    {"sub", kNone},
    {"summary", kParagraph},
    {"sup", kRaised},
    {"svg", kHidden},
    {"table", kParagraph},
    {"tbody", kNone},
    {"td", kCell},
    {"template", kHidden},
    {"textarea", kNone},
    {"tfoot", kNone},
    {"th", kCell},
    {"thead", kNone},
    {"time", kNone},
    {"title", kParagraph},
    {"tr", kLine},
    {"tt", kNone},
    {"u", kNone},
    {"ul", kParagraph},
    {"var", kNone},
    {"video", kNone},
    {"wbr", kNone},
};

struct CharacterName {
  std::string_view name;
  char32_t value;
};

// Latin-1, punctuation, and the signs that people write; what is missing stays as written.
constexpr CharacterName kCharacterNames[] = {
    {"quot", '"'},      {"amp", '&'},       {"apos", '\''},    {"lt", '<'},
    {"gt", '>'},        {"nbsp", 0xA0},     {"iexcl", 0xA1},   {"cent", 0xA2},
    {"pound", 0xA3},    {"curren", 0xA4},   {"yen", 0xA5},     {"brvbar", 0xA6},
    {"sect", 0xA7},     {"uml", 0xA8},      {"copy", 0xA9},    {"ordf", 0xAA},
    {"laquo", 0xAB},    {"not", 0xAC},      {"shy", 0xAD},     {"reg", 0xAE},
    {"macr", 0xAF},     {"deg", 0xB0},      {"plusmn", 0xB1},  {"sup2", 0xB2},
    {"sup3", 0xB3},     {"acute", 0xB4},    {"micro", 0xB5},   {"para", 0xB6},
    {"middot", 0xB7},   {"cedil", 0xB8},    {"sup1", 0xB9},    {"ordm", 0xBA},
    {"raquo", 0xBB},    {"frac14", 0xBC},   {"frac12", 0xBD},  {"frac34", 0xBE},
    {"iquest", 0xBF},   {"Agrave", 0xC0},   {"Aacute", 0xC1},  {"Acirc", 0xC2},
    {"Atilde", 0xC3},   {"Auml", 0xC4},     {"Aring", 0xC5},   {"AElig", 0xC6},
    {"Ccedil", 0xC7},   {"Egrave", 0xC8},   {"Eacute", 0xC9},  {"Ecirc", 0xCA},
    {"Euml", 0xCB},     {"Igrave", 0xCC},   {"Iacute", 0xCD},  {"Icirc", 0xCE},
    {"Iuml", 0xCF},     {"ETH", 0xD0},      {"Ntilde", 0xD1},  {"Ograve", 0xD2},
    {"Oacute", 0xD3},   {"Ocirc", 0xD4},    {"Otilde", 0xD5},  {"Ouml", 0xD6},
    {"times", 0xD7},    {"Oslash", 0xD8},   {"Ugrave", 0xD9},  {"Uacute", 0xDA},
    {"Ucirc", 0xDB},    {"Uuml", 0xDC},     {"Yacute", 0xDD},  {"THORN", 0xDE},
    {"szlig", 0xDF},    {"agrave", 0xE0},   {"aacute", 0xE1},  {"acirc", 0xE2},
    {"atilde", 0xE3},   {"auml", 0xE4},     {"aring", 0xE5},   {"aelig", 0xE6},
    {"ccedil", 0xE7},   {"egrave", 0xE8},   {"eacute", 0xE9},  {"ecirc", 0xEA},
    {"euml", 0xEB},     {"igrave", 0xEC},   {"iacute", 0xED},  {"icirc", 0xEE},
    {"iuml", 0xEF},     {"eth", 0xF0},      {"ntilde", 0xF1},  {"ograve", 0xF2},
    {"oacute", 0xF3},   {"ocirc", 0xF4},    {"otilde", 0xF5},  {"ouml", 0xF6},
    {"divide", 0xF7},   {"oslash", 0xF8},   {"ugrave", 0xF9},  {"uacute", 0xFA},
    {"ucirc", 0xFB},    {"uuml", 0xFC},     {"yacute", 0xFD},  {"thorn", 0xFE},
    {"yuml", 0xFF},     {"OElig", 0x152},   {"oelig", 0x153},  {"Scaron", 0x160},
    {"scaron", 0x161},  {"alpha", 0x3B1},   {"beta", 0x3B2},   {"gamma", 0x3B3},
    {"delta", 0x3B4},   {"lambda", 0x3BB},  {"mu", 0x3BC},     {"pi", 0x3C0},
    {"sigma", 0x3C3},   {"omega", 0x3C9},   {"Delta", 0x394},  {"Sigma", 0x3A3},
    {"Omega", 0x3A9},   {"ensp", 0x2002},   {"emsp", 0x2003},  {"thinsp", 0x2009},
    {"zwnj", 0x200C},   {"zwj", 0x200D},    {"lrm", 0x200E},   {"rlm", 0x200F},
    {"ndash", 0x2013},  {"mdash", 0x2014},  {"lsquo", 0x2018}, {"rsquo", 0x2019},
    {"sbquo", 0x201A},  {"ldquo", 0x201C},  {"rdquo", 0x201D}, {"bdquo", 0x201E},
    {"bull", 0x2022},   {"hellip", 0x2026}, {"prime", 0x2032}, {"Prime", 0x2033},
    {"lsaquo", 0x2039}, {"rsaquo", 0x203A}, {"euro", 0x20AC},  {"numero", 0x2116},
    {"trade", 0x2122},  {"larr", 0x2190},   {"uarr", 0x2191},  {"rarr", 0x2192},
    {"darr", 0x2193},   {"radic", 0x221A},  {"infin", 0x221E}, {"asymp", 0x2248},
    {"ne", 0x2260},     {"le", 0x2264},     {"ge", 0x2265},    {"minus", 0x2212},
    {"hearts", 0x2665}, {"check", 0x2713},  {"num", '#'},      {"dollar", '$'},
    {"percnt", '%'},    {"lpar", '('},      {"rpar", ')'},     {"ast", '*'},
    {"plus", '+'},      {"comma", ','},     {"period", '.'},   {"sol", '/'},
    {"colon", ':'},     {"semi", ';'},      {"equals", '='},   {"quest", '?'},
    {"commat", '@'},    {"lsqb", '['},      {"lbrack", '['},   {"bsol", '\\'},
    {"rsqb", ']'},      {"rbrack", ']'},    {"Hat", '^'},      {"lowbar", '_'},
    {"grave", '`'},     {"lcub", '{'},      {"verbar", '|'},   {"vert", '|'},
    {"rcub", '}'},      {"excl", '!'},      {"NewLine", '\n'}, {"Tab", '\t'},
};

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// The value of `alt="..."`, "" where there is none.
std::string AltOf(std::string_view attributes) {
  for (const std::string_view quote : {"\"", "'"}) {
    const std::string key = " alt=" + std::string(quote);
    const size_t at = attributes.find(key);
    if (at == std::string_view::npos) continue;
    const size_t begin = at + key.size();
    const size_t end = attributes.find(quote, begin);
    if (end != std::string_view::npos) return std::string(attributes.substr(begin, end - begin));
  }
  return "";
}

}  // namespace

std::optional<Tag> ParseTag(std::string_view written) {
  if (written.size() < 3 || written.front() != '<' || written.back() != '>') return {};
  if (written[1] == '!' || written[1] == '?') return Tag{};
  Tag tag;
  tag.is_end = written[1] == '/';
  const auto* const begin = written.begin() + (tag.is_end ? 2 : 1);
  const auto* const end = std::find_if_not(begin, written.end(), IsNameCharacter);
  tag.name = LowerCase(std::string_view(begin, end));
  const auto* const known = std::find_if(std::begin(kTags), std::end(kTags),
                                         [&](const KnownTag& k) { return k.name == tag.name; });
  if (known == std::end(kTags)) return {};
  tag.effect = known->effect;
  if (tag.name == "img") tag.alt = AltOf(written);
  return tag;
}

std::optional<std::string> DecodeCharacterReference(std::string_view written) {
  if (written.size() < 3 || written.front() != '&' || written.back() != ';') return {};
  const std::string_view name = written.substr(1, written.size() - 2);
  uint32_t value = 0;
  if (name.front() == '#') {
    const bool is_hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
    const std::string_view digits = name.substr(is_hex ? 2 : 1);
    const auto [rest, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, is_hex ? 16 : 10);
    const bool is_character = value > 0 && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
    if (error != std::errc() || rest != digits.data() + digits.size() || !is_character) return {};
  } else {
    const auto* const known = std::find_if(std::begin(kCharacterNames), std::end(kCharacterNames),
                                           [&](const CharacterName& k) { return k.name == name; });
    if (known == std::end(kCharacterNames)) return {};
    value = known->value;
  }
  std::string out;
  AppendUtf8(out, value);
  return out;
}

}  // namespace kani::text
