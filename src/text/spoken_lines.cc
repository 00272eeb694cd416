#include "text/spoken_lines.h"

#include <algorithm>
#include <span>
#include <vector>

#include "text/language_profile.h"
#include "text/unicode.h"

namespace kani::text {
namespace {

// Longer lines are prose that somebody broke.
constexpr size_t kMaxListLineCharacters = 60;

struct Line {
  std::string_view text;
  bool ends_for_sure = false;
  size_t characters = 0;
  size_t words = 0;
  size_t first_word_characters = 0;
  bool starts_low = false;     // goes on with a small letter
  bool is_unfinished = false;  // ends in a comma, a dash or a small word
};

bool IsClosing(char32_t c) {
  return c == '"' || c == '\'' || c == ')' || c == ']' || c == U'”' || c == U'’' || c == U'»';
}

bool IsPunctuation(char32_t c) {
  constexpr std::u32string_view kMarks = U".!?…:;,。！？：；，、-–—";
  return kMarks.find(c) != std::u32string_view::npos;
}

/// The last character that is neither a blank nor closes a quotation.
char32_t LastMark(std::string_view line) {
  while (!line.empty()) {
    const CodePoint c = DecodeBefore(line, line.size());
    if (!IsSpace(c.value) && !IsClosing(c.value)) return c.value;
    line.remove_suffix(c.bytes);
  }
  return 0;
}

std::string_view LastWord(std::string_view line) {
  size_t begin = line.size();
  while (begin > 0) {
    const CodePoint c = DecodeBefore(line, begin);
    if (!IsLetter(c.value)) break;
    begin -= c.bytes;
  }
  return line.substr(begin);
}

Line Measured(std::string_view text, bool ends_for_sure) {
  Line line{.text = text, .ends_for_sure = ends_for_sure};
  bool in_first_word = true;
  bool before_letters = true;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = DecodeAt(text, at);
    at += c.bytes;
    ++line.characters;
    in_first_word = in_first_word && !IsSpace(c.value);
    if (!IsSpace(c.value) && (at == c.bytes || IsSpace(DecodeBefore(text, at - c.bytes).value))) {
      ++line.words;
    }
    line.first_word_characters += in_first_word ? 1 : 0;
    if (before_letters && IsWordCharacter(c.value)) {
      before_letters = false;
      line.starts_low = IsLower(c.value);
    }
  }
  const char32_t last = LastMark(text);
  line.is_unfinished = last == ',' || last == ';' || last == '-' || last == U'–' || last == U'—' ||
                       LeavesOpen(LastWord(text));
  return line;
}

std::vector<Line> LinesOf(std::string_view paragraph) {
  std::vector<Line> lines;
  while (true) {
    const size_t end = paragraph.find_first_of("\n\v");
    const bool ends_for_sure = end != std::string_view::npos && paragraph[end] == kLineEnd;
    const std::string_view text = paragraph.substr(0, end);
    if (text.find_first_not_of(" \t") != std::string_view::npos) {
      lines.push_back(Measured(text, ends_for_sure));
    } else if (!lines.empty()) {
      lines.back().ends_for_sure |= ends_for_sure;
    }
    if (end == std::string_view::npos) return lines;
    paragraph.remove_prefix(end + 1);
  }
}

/// Whoever wraps lines puts as many words on each as have room.
bool HadRoom(const Line& line, const Line& next, size_t width) {
  return line.characters + 1 + next.first_word_characters <= width;
}

/// Whether all lines are items: short, capitalised and whole, and broken where no wrapping would
/// break them, or of few words.
bool IsList(std::span<const Line> lines, size_t width) {
  constexpr size_t kMinLines = 3;
  constexpr size_t kFewWords = 4;
  if (lines.size() < kMinLines) return false;
  size_t words = 0;
  bool had_room = false;
  for (size_t i = 0; i < lines.size(); ++i) {
    const Line& line = lines[i];
    const bool may_be_item = line.characters <= kMaxListLineCharacters && !line.is_unfinished;
    if (!may_be_item || (i > 0 && line.starts_low)) return false;
    words += line.words;
    had_room = had_room || (i + 1 < lines.size() && HadRoom(line, lines[i + 1], width));
  }
  return had_room || words <= kFewWords * lines.size();
}

/// Whether the break behind `line` is where a sentence ends, though no mark says so.
bool EndsSentence(const Line& line, const Line& next, size_t width, bool is_list) {
  if (line.ends_for_sure) return !next.starts_low;
  if (next.starts_low || line.is_unfinished || line.characters > kMaxListLineCharacters) {
    return false;
  }
  return is_list || HadRoom(line, next, width);
}

}  // namespace

std::string EndedLine(std::string_view line) {
  std::string out(line);
  const char32_t last = LastMark(line);
  if (last != 0 && !IsPunctuation(last)) {
    while (!out.empty() && (out.back() == ' ' || out.back() == '\t')) out.pop_back();
    out += '.';
  }
  return out;
}

std::string WithLineEnds(std::string_view paragraph) {
  if (paragraph.find_first_of("\n\v") == std::string_view::npos) return std::string(paragraph);
  const std::vector<Line> lines = LinesOf(paragraph);
  size_t width = 0;
  for (const Line& line : lines) width = std::max(width, line.characters);
  const bool is_list = IsList(lines, width);
  std::string out;
  for (size_t i = 0; i < lines.size(); ++i) {
    const bool is_last = i + 1 == lines.size();
    const bool ends = !is_last && EndsSentence(lines[i], lines[i + 1], width, is_list);
    out += ends ? EndedLine(lines[i].text) : std::string(lines[i].text);
    if (!is_last) out += '\n';
  }
  return out;
}

}  // namespace kani::text
