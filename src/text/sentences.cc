#include "text/sentences.h"

#include <utility>

#include "base/error.h"
#include "text/cuts.h"
#include "text/lines.h"
#include "text/unicode.h"

namespace kani::text {
namespace {

constexpr int kParagraphPauseMs = 500;
constexpr int kSentencePauseMs = 200;
constexpr int kClausePauseMs = 100;
constexpr size_t kMinChunkCharacters = 20;

size_t CountCharacters(std::string_view text) {
  size_t count = 0;
  for (const char byte : text) count += (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
  return count;
}

std::string_view TrimmedRight(std::string_view text) {
  while (!text.empty()) {
    const CodePoint c = DecodeBefore(text, text.size());
    if (!IsSpace(c.value)) break;
    text.remove_suffix(c.bytes);
  }
  return text;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty()) {
    const CodePoint c = DecodeAt(text, 0);
    if (!IsSpace(c.value)) break;
    text.remove_prefix(c.bytes);
  }
  return TrimmedRight(text);
}

int PauseMs(Border border) {
  if (border == Border::kSentence) return kSentencePauseMs;
  return border == Border::kClause ? kClausePauseMs : 0;
}

class Packer {
 public:
  Packer(std::string_view language, size_t max_characters)
      : cutter_(language), max_characters_(max_characters) {}

  /// Packs a paragraph on one line.
  void AddParagraph(std::string_view paragraph) {
    Pack(paragraph, Border::kSentence);
    if (!chunks_.empty()) chunks_.back().pause_after_ms = kParagraphPauseMs;
  }

  std::vector<TextChunk> Take() {
    if (!chunks_.empty()) chunks_.back().pause_after_ms = 0;
    return std::move(chunks_);
  }

 private:
  /// Joins neighbouring pieces as long as they fit; a piece that alone does not fit is cut at the
  /// next weaker border.
  void Pack(std::string_view text, Border border) {
    size_t begin = 0;
    size_t end = 0;     // of what is joined so far
    size_t joined = 0;  // characters in [begin, end)
    const auto flush = [&] {
      Emit(text.substr(begin, end - begin), border);
      begin = end;
      joined = 0;
    };
    for (const size_t cut : cutter_.Find(border, text)) {
      const std::string_view piece = text.substr(end, cut - end);
      const size_t characters = CountCharacters(piece);
      // Blanks at the cut go away, so they do not count against the limit.
      const size_t blanks = characters - CountCharacters(TrimmedRight(piece));
      if (joined > 0 && joined + characters - blanks > max_characters_) flush();
      if (characters - blanks > max_characters_ && border != Border::kCodePoint) {
        Pack(piece, static_cast<Border>(static_cast<int>(border) + 1));
        if (!chunks_.empty()) chunks_.back().pause_after_ms = PauseMs(border);
        begin = end = cut;
        continue;
      }
      end = cut;
      joined += characters;
    }
    flush();
  }

  void Emit(std::string_view text, Border border) {
    text = Trimmed(text);
    if (!text.empty()) chunks_.push_back({std::string(text), PauseMs(border)});
  }

  Cutter cutter_;
  size_t max_characters_;
  std::vector<TextChunk> chunks_;
};

/// Calls `add` with each paragraph, its line breaks turned into blanks. A paragraph ends at a blank
/// line or at U+2029.
template <typename Add>
void ForEachParagraph(std::string_view text, Add add) {
  std::string paragraph;
  for (size_t at = 0; at < text.size();) {
    const WhiteSpace space = WhiteSpaceAt(text, at);
    if (space.end == at) {
      const size_t bytes = DecodeAt(text, at).bytes;
      paragraph += text.substr(at, bytes);
      at += bytes;
      continue;
    }
    if (space.ends_paragraph || space.end == text.size()) {
      if (!paragraph.empty()) add(paragraph);
      paragraph.clear();
    } else if (!paragraph.empty()) {
      paragraph += space.lines > 0 ? " " : text.substr(at, space.end - at);
    }
    at = space.end;
  }
  if (!paragraph.empty()) add(paragraph);
}

}  // namespace

int PauseBehindMs(std::string_view text) {
  const size_t end = TrimmedRight(text).size();
  if (WhiteSpaceAt(text, end).ends_paragraph) return kParagraphPauseMs;
  const char32_t last = DecodeBefore(text, end).value;
  if (IsWordCharacter(last)) return 0;
  return last == ',' || last == ';' || last == ':' ? kClausePauseMs : kSentencePauseMs;
}

std::vector<TextChunk> SplitText(std::string_view text, std::string_view language,
                                 size_t max_characters) {
  if (max_characters < kMinChunkCharacters) {
    Fail(ErrorCode::kInvalidArgument, "chunk of text: ", max_characters,
         " characters, expected at least ", kMinChunkCharacters);
  }
  RequireUtf8(text);
  Packer packer(language, max_characters);
  ForEachParagraph(text, [&](std::string_view paragraph) { packer.AddParagraph(paragraph); });
  return packer.Take();
}

}  // namespace kani::text
