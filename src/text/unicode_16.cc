#include "text/unicode_16.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>

namespace kani::text {
namespace {

constexpr uint32_t kCategoryBits = 5;
constexpr uint32_t kEnd = 0x110000;
constexpr uint32_t kRuns[] = {
#include "text/unicode_16_categories.inc"
};

struct Name {
  std::string_view shorter, longer;
};
/// In the order of the table's numbers.
constexpr std::array<Name, 30> kCategories = {{{"cc", "control"},
                                               {"cf", "format"},
                                               {"cn", "unassigned"},
                                               {"co", "privateuse"},
                                               {"cs", "surrogate"},
                                               {"ll", "lowercaseletter"},
                                               {"lm", "modifierletter"},
                                               {"lo", "otherletter"},
                                               {"lt", "titlecaseletter"},
                                               {"lu", "uppercaseletter"},
                                               {"mc", "spacingmark"},
                                               {"me", "enclosingmark"},
                                               {"mn", "nonspacingmark"},
                                               {"nd", "decimalnumber"},
                                               {"nl", "letternumber"},
                                               {"no", "othernumber"},
                                               {"pc", "connectorpunctuation"},
                                               {"pd", "dashpunctuation"},
                                               {"pe", "closepunctuation"},
                                               {"pf", "finalpunctuation"},
                                               {"pi", "initialpunctuation"},
                                               {"po", "otherpunctuation"},
                                               {"ps", "openpunctuation"},
                                               {"sc", "currencysymbol"},
                                               {"sk", "modifiersymbol"},
                                               {"sm", "mathsymbol"},
                                               {"so", "othersymbol"},
                                               {"zl", "lineseparator"},
                                               {"zp", "paragraphseparator"},
                                               {"zs", "spaceseparator"}}};
constexpr std::array<Name, 7> kGroups = {{{"c", "other"},
                                          {"l", "letter"},
                                          {"m", "mark"},
                                          {"n", "number"},
                                          {"p", "punctuation"},
                                          {"s", "symbol"},
                                          {"z", "separator"}}};
// Letters in circles and squares are symbols, but alphabetic. The first three are what the
// reference's engine, Oniguruma, takes for words below U+0100.
constexpr std::pair<uint32_t, uint32_t> kWordSymbols[] = {
    {0xB2, 0xB3},       {0xB9, 0xB9},       {0xBC, 0xBE},      {0x24B6, 0x24E9},
    {0x1F130, 0x1F149}, {0x1F150, 0x1F169}, {0x1F170, 0x1F189}};

bool IsWordCategory(std::string_view shorter) {
  return shorter[0] == 'l' || shorter[0] == 'm' || shorter == "nd" || shorter == "nl" ||
         shorter == "pc";
}

std::string_view CategoryOf(uint32_t run) {
  return kCategories[run & ((1u << kCategoryBits) - 1)].shorter;
}

CodeRanges Where(const std::function<bool(std::string_view)>& matches) {
  CodeRanges out;
  for (size_t i = 0; i < std::size(kRuns); ++i) {
    if (!matches(CategoryOf(kRuns[i]))) continue;
    const uint32_t first = kRuns[i] >> kCategoryBits;
    const uint32_t behind = i + 1 < std::size(kRuns) ? kRuns[i + 1] >> kCategoryBits : kEnd;
    if (!out.empty() && out.back().second + 1 == first) {
      out.back().second = behind - 1;
    } else {
      out.emplace_back(first, behind - 1);
    }
  }
  return out;
}

}  // namespace

CodeRanges ClassOfUnicode16(std::string_view name) {
  std::string wanted;
  for (const char c : name) {
    if (c == ' ' || c == '_' || c == '-') continue;
    wanted += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  const auto is_wanted = [&](const Name& known) {
    return known.shorter == wanted || known.longer == wanted;
  };
  if (wanted == "word") {
    CodeRanges out = Where(IsWordCategory);
    out.insert(out.end(), std::begin(kWordSymbols), std::end(kWordSymbols));
    std::sort(out.begin(), out.end());
    return out;
  }
  if (const auto group = std::find_if(kGroups.begin(), kGroups.end(), is_wanted);
      group != kGroups.end()) {
    return Where([&](std::string_view category) { return category[0] == group->shorter[0]; });
  }
  if (const auto found = std::find_if(kCategories.begin(), kCategories.end(), is_wanted);
      found != kCategories.end()) {
    return Where([&](std::string_view category) { return category == found->shorter; });
  }
  return {};
}

bool IsWordOfUnicode16(char32_t c) {
  const auto behind =
      std::upper_bound(std::begin(kRuns), std::end(kRuns),
                       static_cast<uint32_t>(c) << kCategoryBits | ((1u << kCategoryBits) - 1));
  return IsWordCategory(CategoryOf(*std::prev(behind)));
}

}  // namespace kani::text
