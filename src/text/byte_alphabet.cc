#include "text/byte_alphabet.h"

#include <array>
#include <cstdint>

#include "text/unicode.h"

namespace kani::text {
namespace {

constexpr size_t kAlphabetEnd = 0x144;

struct Alphabet {
  std::array<char32_t, 256> character{};
  std::array<int16_t, kAlphabetEnd> byte{};  ///< -1: not in the alphabet
};

constexpr Alphabet MakeAlphabet() {
  Alphabet out;
  out.byte.fill(-1);
  char32_t next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const bool printable =
        (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    const char32_t character = printable ? static_cast<char32_t>(byte) : next++;
    out.character[static_cast<size_t>(byte)] = character;
    out.byte[character] = static_cast<int16_t>(byte);
  }
  return out;
}

constexpr Alphabet kAlphabet = MakeAlphabet();

}  // namespace

std::string ToByteAlphabet(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) AppendUtf8(out, kAlphabet.character[static_cast<unsigned char>(c)]);
  return out;
}

std::string FromByteAlphabet(std::string_view token) {
  std::string out;
  for (size_t at = 0; at < token.size();) {
    const CodePoint c = DecodeAt(token, at);
    if (c.value >= kAlphabetEnd || kAlphabet.byte[c.value] < 0) return std::string(token);
    out.push_back(static_cast<char>(kAlphabet.byte[c.value]));
    at += c.bytes;
  }
  return out;
}

}  // namespace kani::text
