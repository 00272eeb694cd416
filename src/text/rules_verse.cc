// Chapter and verse: "Psalm 91:4", "1 Kings 3:5-9".
#include "text/rules.h"

namespace kani::text {

std::optional<Expansion> Verse(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  constexpr size_t kMaxDigits = 3;
  if (!IsNumberStart(reader, at)) return {};
  const LanguageTables& tables = verbaliser.tables();
  const size_t chapter_end = reader.DigitsEnd(at);
  // "Juan 3,16" where the comma is not of English.
  const bool has_mark = reader.StartsWith(chapter_end, ":") ||
                        (tables.numbers.decimal_mark == ',' && reader.StartsWith(chapter_end, ","));
  if (chapter_end - at > kMaxDigits || !has_mark) return {};
  const size_t verse_at = chapter_end + 1;
  const size_t verse_end = reader.DigitsEnd(verse_at);
  if (verse_end == verse_at || verse_end - verse_at > kMaxDigits ||
      reader.StartsWith(verse_end, ":")) {
    return {};
  }
  if (!Contains(tables.cues.verses, CueBefore(reader, at))) return {};
  std::string words = verbaliser.DigitsOrValue(reader.Slice(at, chapter_end));
  words += tables.verse;
  words = JoinWords({words, verbaliser.DigitsOrValue(reader.Slice(verse_at, verse_end))});
  size_t end = verse_end;
  const size_t last_at = SkipDash(reader, end);
  const size_t last_end = reader.DigitsEnd(last_at);
  if (last_at > end && last_end > last_at && last_end - last_at <= kMaxDigits &&
      !reader.StartsWith(last_end, ":")) {
    words =
        JoinWords({words, tables.range, verbaliser.DigitsOrValue(reader.Slice(last_at, last_end))});
    end = last_end;
  }
  return Expansion{end, words};
}

}  // namespace kani::text
