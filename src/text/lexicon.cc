#include "text/lexicon.h"

#include <unicode/uchar.h>

#include "text/unicode.h"

namespace kani::text {
namespace {

std::string UpperCase(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = DecodeAt(text, at);
    AppendUtf8(out, static_cast<char32_t>(u_toupper(static_cast<UChar32>(c.value))));
    at += c.bytes;
  }
  return out;
}

std::string Capitalised(std::string_view text) {
  const CodePoint first = DecodeAt(text, 0);
  return UpperCase(text.substr(0, first.bytes)) + std::string(text.substr(first.bytes));
}

bool IsLowerFirst(std::string_view text) {
  const CodePoint first = DecodeAt(text, 0);
  return IsLetter(first.value) && !IsUpper(first.value);
}

bool IsAsciiWord(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

std::vector<std::string_view> Split(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const size_t blank = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, blank));
    text.remove_prefix(std::min(blank + 1, text.size()));
  }
  return words;
}

}  // namespace

Lexicon::Lexicon(const LanguageTables& tables) {
  AddUnits(tables);
  AddAbbreviations(tables);
  AddCurrencies(tables);
  AddCalendar(tables);
  for (const Symbol& symbol : tables.symbols) symbols_.Add(symbol.written, &symbol);
  units_.Sort();
  abbreviations_.Sort();
  currencies_.Sort();
  symbols_.Sort();
}

void Lexicon::AddUnit(const Unit& unit, std::string_view prefix, std::string_view prefix_name,
                      const LanguageTables& tables, std::set<std::string, std::less<>>& known) {
  const auto add = [&](const std::string& written, const UnitForm& form) {
    // The same letter may be one unit behind a blank and another without.
    const std::string key = written + static_cast<char>('0' + static_cast<int>(form.spacing));
    if (known.insert(key).second) units_.Add(written, form);
    known.insert(written);
  };
  const std::string written = std::string(prefix) + std::string(unit.written);
  UnitForm form{unit.noun, unit.written, false, unit.spacing};
  if (prefix.empty() && unit.spacing == Spacing::kPrefixed) return;
  if (!prefix.empty()) {
    form.spacing = Spacing::kAny;
    form.noun.one = Keep(std::string(prefix_name) + std::string(unit.noun.one));
    form.noun.many = Keep(std::string(prefix_name) + std::string(unit.noun.many));
    form.base = Keep(written);
  }
  std::vector<std::string> forms{written};
  // The micro sign and the Greek letter look alike.
  if (written.starts_with("µ")) forms.push_back("μ" + written.substr(std::string_view("µ").size()));
  for (const std::string& each : forms) add(each, form);
  unit_words_.insert(LowerCase(form.noun.one));
  unit_words_.insert(LowerCase(form.noun.many));
  if (!unit.has_powers) return;
  const auto add_power = [&](const Power& power, std::initializer_list<std::string_view> marks) {
    UnitForm powered = form;
    powered.is_power = true;
    const auto name = [&](std::string_view noun, std::string_view behind) {
      return Keep(std::string(power.before) + std::string(noun) + std::string(behind));
    };
    powered.noun.one = name(form.noun.one, power.behind_one);
    powered.noun.many = name(form.noun.many, power.behind_many);
    for (const std::string& each : forms) {
      for (const std::string_view mark : marks) add(each + std::string(mark), powered);
    }
  };
  add_power(tables.square, {"²", "2", "^2"});
  add_power(tables.cube, {"³", "3", "^3"});
}

void Lexicon::AddUnits(const LanguageTables& tables) {
  std::set<std::string, std::less<>> known;
  for (const Unit& unit : tables.units) AddUnit(unit, {}, {}, tables, known);
  for (const Unit& unit : tables.units) {
    for (const Prefix& prefix : tables.prefixes) {
      if (unit.prefixes.find(prefix.written) == std::string_view::npos) continue;
      AddUnit(unit, prefix.written, prefix.spoken, tables, known);
    }
  }
  // Texts in capitals, and data written carelessly: only where no other unit is meant.
  const auto add_case = [&](const Unit& unit, std::string_view prefix, std::string_view name) {
    const std::string written = std::string(prefix) + std::string(unit.written);
    if (written.size() < 2 || !IsAsciiWord(written)) return;
    UnitForm form{unit.noun, unit.written, false, Spacing::kAny};
    if (!prefix.empty()) {
      form.noun.one = Keep(std::string(name) + std::string(unit.noun.one));
      form.noun.many = Keep(std::string(name) + std::string(unit.noun.many));
    }
    const std::string upper = UpperCase(written);
    if (known.insert(upper).second) units_.Add(upper, form);
    const std::string lower = LowerCase(written);
    const std::string capitalised = Capitalised(written);
    const bool takes_capital = written == lower && (written.size() > 2 || !prefix.empty());
    if (takes_capital && known.insert(capitalised).second) units_.Add(capitalised, form);
    if (unit.in_any_case && known.insert(lower).second) units_.Add(lower, form);
  };
  for (const Unit& unit : tables.units) {
    add_case(unit, {}, {});
    for (const Prefix& prefix : tables.prefixes) {
      if (unit.prefixes.find(prefix.written) != std::string_view::npos) {
        add_case(unit, prefix.written, prefix.spoken);
      }
    }
  }
}

void Lexicon::AddAbbreviations(const LanguageTables& tables) {
  std::set<std::string, std::less<>> known;
  for (const Abbreviation& abbreviation : tables.abbreviations) {
    known.insert(std::string(abbreviation.written));
    abbreviations_.Add(abbreviation.written, {&abbreviation, abbreviation.spoken});
  }
  for (const Abbreviation& abbreviation : tables.abbreviations) {
    const bool is_small = IsLowerFirst(abbreviation.written);
    const std::string_view spoken =
        is_small ? Keep(Capitalised(abbreviation.spoken)) : abbreviation.spoken;
    // "a.C." has capitals of its own; "A.C." may be something else.
    const std::string tail(abbreviation.written.substr(DecodeAt(abbreviation.written, 0).bytes));
    if (LowerCase(tail) != tail) continue;
    for (const std::string& form :
         {is_small ? Capitalised(abbreviation.written) : std::string(abbreviation.written),
          UpperCase(abbreviation.written)}) {
      if (known.insert(form).second) abbreviations_.Add(form, {&abbreviation, spoken});
    }
  }
}

void Lexicon::AddCurrencies(const LanguageTables& tables) {
  for (const Currency& currency : tables.currencies) {
    const bool is_word = IsLetter(DecodeBefore(currency.written, currency.written.size()).value);
    currencies_.Add(currency.written, {&currency, is_word, false});
    // A sign by itself is said by its name.
    const bool is_sign = DecodeAt(currency.written, 0).bytes == currency.written.size();
    if (is_sign && !is_word) {
      symbols_.Add(currency.written,
                   &signs_.emplace_back(Symbol{currency.written, currency.major.many}));
    }
    const std::string lower = LowerCase(currency.written);
    const bool has_sign = currency.written.find('$') != std::string_view::npos;
    if (lower != currency.written && (currency.written.size() > 2 || has_sign))
      currencies_.Add(lower, {&currency, is_word, true});
    for (const std::string_view noun : {currency.major.one, currency.major.many}) {
      for (const std::string_view word : Split(noun)) {
        if (word.size() >= 4 && IsLowerFirst(word)) currency_words_.insert(std::string(word));
      }
    }
  }
}

void Lexicon::AddCalendar(const LanguageTables& tables) {
  for (size_t i = 0; i < tables.months.size(); ++i) {
    const std::string short_name = LowerCase(tables.month_abbreviations[i]);
    for (const std::string& name :
         {LowerCase(tables.months[i]), short_name, short_name.substr(0, 3)}) {
      months_.emplace_back(name, static_cast<int>(i) + 1);
    }
  }
  for (const Weekday& weekday : tables.weekdays) {
    weekdays_.push_back({LowerCase(weekday.name), &weekday, false});
    for (const std::string_view name : Split(weekday.abbreviations)) {
      weekdays_.push_back({std::string(name), &weekday, true});
    }
  }
}

int Lexicon::Month(std::string_view lower) const {
  for (const auto& [name, month] : months_) {
    if (name == lower) return month;
  }
  return 0;
}

const Weekday* Lexicon::FindWeekday(std::string_view lower, bool& is_short) const {
  for (const WeekdayName& name : weekdays_) {
    if (name.lower != lower) continue;
    is_short = name.is_short;
    return name.weekday;
  }
  return nullptr;
}

}  // namespace kani::text
