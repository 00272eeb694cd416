// What a list says that can hardly be meant.
#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <functional>
#include <string>

#include "base/error.h"
#include "text/unicode.h"
#include "train/import/import.h"

namespace kani::train {
namespace {

/// A recording's name and what is said, as numbers: a million of them fit in memory.
struct Key {
  size_t first, second;
  uint32_t row;
  auto operator<=>(const Key&) const = default;
};

size_t Hash(std::string_view text) { return std::hash<std::string_view>()(text); }

/// How many rows have the same `first` as another, and the first such row. @param differ only where
/// their `second` differs
struct Repeats {
  size_t count = 0;
  uint32_t row = 0;
};
Repeats FindRepeats(std::vector<Key>& keys, bool differ) {
  std::sort(keys.begin(), keys.end());
  Repeats out;
  for (size_t i = 1; i < keys.size(); ++i) {
    if (keys[i].first != keys[i - 1].first) continue;
    if (differ ? keys[i].second == keys[i - 1].second : keys[i].second != keys[i - 1].second) {
      continue;
    }
    if (out.count++ == 0 || keys[i].row < out.row) out.row = keys[i].row;
  }
  return out;
}

/// The script that a language of these first letters is written in; USCRIPT_COMMON if not known.
UScriptCode ScriptOf(std::string_view language) {
  UScriptCode scripts[4];
  UErrorCode error = U_ZERO_ERROR;
  const int32_t count =
      uscript_getCode(std::string(language).c_str(), scripts, std::ssize(scripts), &error);
  // Languages of several scripts (Japanese) are not judged.
  return U_SUCCESS(error) && count == 1 ? scripts[0] : USCRIPT_COMMON;
}

/// Whether most letters are of another script.
bool IsOtherScript(std::string_view text, UScriptCode expected) {
  size_t letters = 0, others = 0;
  for (size_t at = 0; at < text.size();) {
    const text::CodePoint c = text::DecodeAt(text, at);
    at += c.bytes;
    if (u_isalpha(static_cast<UChar32>(c.value)) == 0) continue;
    UErrorCode error = U_ZERO_ERROR;
    const UScriptCode script = uscript_getScript(static_cast<UChar32>(c.value), &error);
    ++letters;
    others += script != expected && script != USCRIPT_COMMON && script != USCRIPT_INHERITED ? 1 : 0;
  }
  return 2 * others > letters;
}

}  // namespace

std::vector<std::string> FindOddities(const RecordingList& list) {
  std::vector<Key> files, ids;
  size_t in_other_script = 0, first_in_other_script = 0, row = 0;
  std::string language;
  UScriptCode script = USCRIPT_COMMON;
  for (const ListedRecording& recording : list) {
    const auto number = static_cast<uint32_t>(row++);
    const size_t piece =
        Hash(StrCat(recording.begin_s, " ", recording.end_s, " ", recording.table_row));
    files.push_back({Hash(recording.path.native()), piece, number});
    ids.push_back({Hash(recording.source + "/" + recording.id), Hash(recording.text), number});
    if (recording.language != language) {
      language = recording.language;
      script = language.empty() ? USCRIPT_COMMON : ScriptOf(language);
    }
    if (script == USCRIPT_COMMON || !IsOtherScript(recording.text, script)) continue;
    if (in_other_script++ == 0) first_in_other_script = number;
  }
  std::vector<std::string> out;
  if (const Repeats twice = FindRepeats(files, false); twice.count > 0) {
    out.push_back(StrCat(twice.count, " recordings are there twice, the first: ",
                         Quoted(list[twice.row].path.string())));
  }
  if (const Repeats twice = FindRepeats(ids, true); twice.count > 0) {
    out.push_back(StrCat(twice.count,
                         " ids have more than one text, the first: ", Quoted(list[twice.row].id)));
  }
  if (in_other_script > 0) {
    const ListedRecording first = list[first_in_other_script];
    out.push_back(StrCat(in_other_script,
                         " texts are in another script than their language, the first: ",
                         Quoted(first.text), " (", first.language, ")"));
  }
  return out;
}

}  // namespace kani::train
