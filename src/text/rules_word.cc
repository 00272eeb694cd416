// Abbreviations and symbols.
#include <algorithm>

#include "text/language_profile.h"
#include "text/rules.h"

namespace kani::text {
namespace {

/// "Main St.": the word before is a name and the next one belongs to something else.
bool EndsName(const Reader& reader, size_t at, size_t end) {
  const std::string_view before = reader.WordBefore(at);
  if (before.empty() || !IsCapitalised(before)) return false;
  const std::string_view next = reader.WordAt(reader.SkipBlank(end));
  return next.empty() || !IsCapitalised(next) || IsFunctionWord(LowerCase(next));
}

/// A digit or a Roman numeral above one stands at `at`; with `or_one` also Roman one.
bool IsNumeralAt(const Reader& reader, size_t at, bool or_one) {
  if (reader.DigitAt(at)) return true;
  const char32_t c = reader.At(at);
  if (c >= U'Ⅰ' && c <= U'ⅻ') return true;
  const std::string_view word = reader.WordAt(at);
  const int value = RomanValue(word);
  if (value == 0) return false;
  const std::string_view next = reader.WordAt(reader.SkipBlank(at + word.size()));
  const bool goes_on = !next.empty() && !IsCapitalised(next);
  if (value == 1) return or_one && !goes_on;
  return word.size() > 1 || (or_one && !goes_on);
}

/// "Franklin D.", "J. D.": a name or an initial stands before.
bool IsBehindName(const Reader& reader, size_t at) {
  const size_t end = reader.SkipBlankBack(at);
  if (reader.Before(end) == '.') {
    const std::string_view initial = reader.WordBefore(end - 1);
    return DecodeAt(initial, 0).bytes == initial.size() && IsCapitalised(initial);
  }
  const std::string_view word = reader.WordBefore(at);
  return IsCapitalised(word) && !IsFunctionWord(LowerCase(word));
}

/// What `form` means at [at, end); "" where its condition does not hold.
std::string_view Meaning(const Reader& reader, size_t at, size_t end,
                         const AbbreviationForm& form) {
  const Abbreviation& abbreviation = *form.abbreviation;
  const size_t next_at = reader.SkipBlank(end);
  switch (abbreviation.follows) {
    case Follows::kAnything:
      return form.spoken;
    case Follows::kNoLetter:
      return IsWordCharacter(reader.At(end)) ? std::string_view() : form.spoken;
    case Follows::kNumber:
      return IsNumeralAt(reader, next_at, false) ? form.spoken : std::string_view();
    case Follows::kNumeral:
      return IsNumeralAt(reader, next_at, true) ? form.spoken : std::string_view();
    case Follows::kNumberOrName:
      return IsNumeralAt(reader, next_at, true) || IsUpper(reader.At(next_at)) ||
                     reader.At(next_at) == '('
                 ? form.spoken
                 : std::string_view();
    case Follows::kYear: {
      const size_t digits = reader.DigitsEnd(next_at) - next_at;
      return digits == 3 || digits == 4 ? form.spoken : std::string_view();
    }
    case Follows::kNumberInside: {
      const bool is_inside = !reader.WordBefore(at).empty();
      return is_inside && reader.DigitAt(next_at) ? form.spoken : std::string_view();
    }
    case Follows::kNameFirst:
      return IsUpper(reader.At(next_at)) && !IsBehindName(reader, at) ? form.spoken
                                                                      : std::string_view();
    case Follows::kBehindNumber: {
      const std::string_view before = reader.WordBefore(at);
      const bool has_number = !reader.DigitsBefore(at).empty() || RomanValue(before) > 0;
      return has_number ? form.spoken : std::string_view();
    }
    case Follows::kBehindOrdinal: {
      const std::string_view suffix = reader.WordBefore(at);
      return suffix.size() == 2 && IsDigit(reader.Before(reader.BeginOf(suffix)))
                 ? form.spoken
                 : std::string_view();
    }
    case Follows::kBehindName:
      return IsBehindName(reader, at) && !IsUpper(reader.At(next_at)) ? form.spoken
                                                                      : std::string_view();
    case Follows::kSmall: {
      const std::string_view next = reader.WordAt(next_at);
      return !next.empty() && !IsCapitalised(next) ? form.spoken : std::string_view();
    }
    case Follows::kCapital:
      if (!abbreviation.otherwise.empty() && EndsName(reader, at, end)) {
        return abbreviation.otherwise;
      }
      if (reader.StartsLine(at) && reader.EndsLine(end)) return form.spoken;
      return IsUpper(reader.At(next_at)) ? form.spoken : std::string_view();
  }
  return {};
}

bool IsPlace(const Reader& reader, size_t at, size_t end, Place place) {
  const size_t next_at = reader.SkipBlank(end);
  switch (place) {
    case Place::kAnywhere:
      return true;
    case Place::kBeforeNumber:
      return reader.DigitAt(end) && !IsWordCharacter(reader.Before(at));
    case Place::kBeforeLetter:
      return IsLetter(reader.At(end)) && !IsWordCharacter(reader.Before(at));
    case Place::kBetweenNumbers: {
      size_t before_end = at;
      if (reader.Before(at) == ' ') --before_end;
      return IsDigit(reader.Before(before_end)) && reader.DigitAt(next_at);
    }
    case Place::kInNumbers:
      return IsDigit(reader.Before(at)) && reader.DigitAt(end);
    case Place::kBehindVariable: {
      const std::string_view name = reader.WordBefore(at);
      return reader.DigitAt(next_at) && name.size() == 1 &&
             !IsWordCharacter(reader.Before(reader.BeginOf(name)));
    }
    case Place::kInWord:
      return IsWordCharacter(reader.Before(at)) && IsWordCharacter(reader.At(end));
    case Place::kBehindNumber:
      return IsDigit(reader.Before(at)) && IsLetter(reader.At(end));
    case Place::kGlued:
      return at > 0 && !IsSpace(reader.Before(at));
    case Place::kBetweenSizes: {
      const size_t blank = reader.SkipBlankBack(at);
      const char32_t before = reader.Before(blank);
      return blank < at && next_at > end && reader.DigitAt(next_at) &&
             (IsLetter(before) || before == '.');
    }
    case Place::kAlone:
      return reader.WordBorder(at) && reader.WordBorder(end) && !IsWordCharacter(reader.Before(at));
  }
  return false;
}

}  // namespace

std::optional<Expansion> AbbreviatedWord(const Reader& reader, size_t at,
                                         const Verbaliser& verbaliser) {
  const char32_t before = reader.Before(at);
  if (IsWordCharacter(before) || before == '.' || before == '/') return {};
  std::string_view meaning;
  using Entry = PrefixIndex<AbbreviationForm>::Entry;
  const Entry* entry =
      verbaliser.lexicon().abbreviations().Find(reader.text(), at, [&](const Entry& each) {
        const size_t end = at + each.written.size();
        const bool is_word = IsWordCharacter(DecodeBefore(each.written, each.written.size()).value);
        if (is_word && (!reader.WordBorder(end) || reader.StartsWith(end, "/"))) return false;
        meaning = Meaning(reader, at, end, each.value);
        return !meaning.empty();
      });
  if (entry == nullptr) return {};
  const size_t end = at + entry->written.size();
  const Abbreviation& abbreviation = *entry->value.abbreviation;
  std::string words(meaning);
  const bool may_end =
      abbreviation.follows == Follows::kNoLetter ||
      abbreviation.follows == Follows::kBehindNumber ||
      (abbreviation.follows == Follows::kCapital && meaning == abbreviation.otherwise);
  if (entry->written.ends_with('.') && may_end && EndsSentence(reader, end, verbaliser)) {
    words += '.';
  }
  return Expansion{end, words};
}

std::optional<Expansion> SpokenSymbol(const Reader& reader, size_t at,
                                      const Verbaliser& verbaliser) {
  using Entry = PrefixIndex<const Symbol*>::Entry;
  const Entry* entry =
      verbaliser.lexicon().symbols().Find(reader.text(), at, [&](const Entry& each) {
        const size_t end = at + each.written.size();
        const bool is_word = IsLetter(DecodeAt(each.written, 0).value);
        if (is_word && (!reader.WordBorder(at) || !reader.WordBorder(end))) return false;
        return IsPlace(reader, at, end, each.value->place);
      });
  if (entry == nullptr) return {};
  return Expansion{at + entry->written.size(), std::string(entry->value->spoken)};
}

}  // namespace kani::text
