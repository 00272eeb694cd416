#include "text/say_as.h"

#include <algorithm>

#include "text/unicode.h"
#include "text/verbaliser.h"

namespace kani::text {
namespace {

/// Letters and digits one by one; what stands between groups of them is a pause.
std::string OneByOne(std::string_view written, const Verbaliser* verbaliser) {
  std::string out;
  bool is_gap = false;
  for (size_t at = 0; at < written.size();) {
    const CodePoint c = DecodeAt(written, at);
    if (IsWordCharacter(c.value)) {
      if (!out.empty()) out += is_gap ? ", " : " ";
      is_gap = false;
      if (IsDigit(c.value) && verbaliser != nullptr) {
        out += verbaliser->Digits(written.substr(at, 1));
      } else {
        AppendUtf8(out, UpperCase(c.value));  // "a" is a word, "A" is a letter
      }
    } else {
      is_gap = true;
    }
    at += c.bytes;
  }
  return out;
}

std::string Cardinal(std::string_view written, const Verbaliser& verbaliser) {
  const Reader reader(written);
  const auto quantity = ParseNumber(reader, 0, verbaliser.tables().numbers);
  if (!quantity || quantity->end != written.size()) return std::string(written);
  return verbaliser.Say(*quantity, Gender::kNone);
}

std::string Ordinal(std::string_view written, const Verbaliser& verbaliser) {
  const auto value = std::ranges::all_of(written, IsDigit) ? DigitsValue(written) : std::nullopt;
  return value ? verbaliser.Ordinal(*value, OrdinalForm::kMasculine) : std::string(written);
}

std::string Said(std::string_view written, SayAs as, const Verbaliser* verbaliser) {
  if (as == SayAs::kCharacters) return OneByOne(written, verbaliser);
  if (verbaliser == nullptr) return std::string(written);
  return as == SayAs::kCardinal ? Cardinal(written, *verbaliser) : Ordinal(written, *verbaliser);
}

}  // namespace

std::string WithSaidAs(const Passage& passage, std::string_view language) {
  const std::string_view text = passage.text;
  const Verbaliser* verbaliser = FindVerbaliser(language);
  std::string out;
  size_t at = 0;
  for (const SaidAs& part : passage.said_as) {
    out += text.substr(at, part.begin - at);
    out += Said(text.substr(part.begin, part.end - part.begin), part.as, verbaliser);
    at = part.end;
  }
  return out += text.substr(at);
}

}  // namespace kani::text
