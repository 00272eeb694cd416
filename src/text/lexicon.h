// The tables of a language made ready for looking up: prefixes and powers of units, other cases of
// abbreviations and codes, everything by its first byte with longer entries first.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "text/language_tables.h"

namespace kani::text {

/// Entries by their first byte; the longest that is accepted is found.
template <typename Value>
class PrefixIndex {
 public:
  struct Entry {
    std::string written;
    Value value;
  };

  void Add(std::string_view written, Value value) {
    buckets_[Bucket(written.front())].push_back({std::string(written), std::move(value)});
  }
  /// To be called once, after the last Add. Entries of the same length keep their order.
  void Sort() {
    for (auto& bucket : buckets_) {
      std::stable_sort(bucket.begin(), bucket.end(), [](const Entry& a, const Entry& b) {
        return a.written.size() > b.written.size();
      });
    }
  }
  /// @param accepts takes an entry whose `written` stands at `at`.
  template <typename Accepts>
  const Entry* Find(std::string_view text, size_t at, Accepts accepts) const {
    if (at >= text.size()) return nullptr;
    for (const Entry& entry : buckets_[Bucket(text[at])]) {
      if (text.substr(at, entry.written.size()) == entry.written && accepts(entry)) return &entry;
    }
    return nullptr;
  }

 private:
  static size_t Bucket(char c) { return static_cast<unsigned char>(c); }
  std::array<std::vector<Entry>, 256> buckets_;
};

/// A unit in one of its forms. The views last as long as the lexicon.
struct UnitForm {
  Noun noun;
  std::string_view base;  ///< as the table lists it
  bool is_power = false;  ///< squared or cubed
  Spacing spacing = Spacing::kAny;
};

struct AbbreviationForm {
  const Abbreviation* abbreviation = nullptr;
  std::string_view spoken;
};

struct CurrencyForm {
  const Currency* currency = nullptr;
  bool is_word = false;   ///< a code: ends at the border of a word
  bool is_lower = false;  ///< a code in small letters
};

/// Immutable and thread-safe.
class Lexicon {
 public:
  /// `tables` outlives the lexicon.
  explicit Lexicon(const LanguageTables& tables);
  Lexicon(const Lexicon&) = delete;
  Lexicon& operator=(const Lexicon&) = delete;

  const PrefixIndex<UnitForm>& units() const { return units_; }
  const PrefixIndex<AbbreviationForm>& abbreviations() const { return abbreviations_; }
  const PrefixIndex<CurrencyForm>& currencies() const { return currencies_; }
  const PrefixIndex<const Symbol*>& symbols() const { return symbols_; }
  /// 1..12, 0 for another word. @param lower in small letters, without period.
  int Month(std::string_view lower) const;
  /// nullptr for another word. `is_short` is set: an abbreviation.
  const Weekday* FindWeekday(std::string_view lower, bool& is_short) const;
  /// A noun that names a unit or a currency. @param lower in small letters.
  bool IsUnitWord(std::string_view lower) const { return unit_words_.contains(std::string(lower)); }
  bool IsCurrencyWord(std::string_view lower) const {
    return currency_words_.contains(std::string(lower));
  }

 private:
  std::string_view Keep(std::string text) { return kept_.emplace_back(std::move(text)); }
  void AddUnits(const LanguageTables& tables);
  void AddUnit(const Unit& unit, std::string_view prefix, std::string_view prefix_name,
               const LanguageTables& tables, std::set<std::string, std::less<>>& known);
  void AddAbbreviations(const LanguageTables& tables);
  void AddCurrencies(const LanguageTables& tables);
  void AddCalendar(const LanguageTables& tables);

  std::deque<std::string> kept_;
  std::deque<Symbol> signs_;
  PrefixIndex<UnitForm> units_;
  PrefixIndex<AbbreviationForm> abbreviations_;
  PrefixIndex<CurrencyForm> currencies_;
  PrefixIndex<const Symbol*> symbols_;
  std::vector<std::pair<std::string, int>> months_;
  struct WeekdayName {
    std::string lower;
    const Weekday* weekday = nullptr;
    bool is_short = false;
  };
  std::vector<WeekdayName> weekdays_;
  std::unordered_set<std::string> unit_words_, currency_words_;
};

}  // namespace kani::text
