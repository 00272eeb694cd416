// UTF-8 one code point at a time, and the few character classes that normalising asks for.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kani::text {

struct CodePoint {
  char32_t value = 0;  ///< 0 at either end of the text
  size_t bytes = 0;
};

bool IsUtf8(std::string_view text);
/// Throws kInvalidArgument with the offset of the first bad byte.
void RequireUtf8(std::string_view text);

/// The code point that starts at byte `at`. REQUIRES: valid UTF-8.
CodePoint DecodeAt(std::string_view text, size_t at);
/// The code point that ends just before byte `at`. REQUIRES: valid UTF-8.
CodePoint DecodeBefore(std::string_view text, size_t at);
void AppendUtf8(std::string& out, char32_t c);

bool IsSpace(char32_t c);
/// Letters of any script, and the marks that belong to them.
bool IsLetter(char32_t c);
bool IsMark(char32_t c);
bool IsUpper(char32_t c);
/// A small letter of a script that has capitals too.
bool IsLower(char32_t c);
/// ASCII only: digits of other scripts are left to the model.
inline bool IsDigit(char32_t c) { return c >= '0' && c <= '9'; }
inline bool IsWordCharacter(char32_t c) { return IsDigit(c) || IsLetter(c); }

/// Code point by code point, without context.
char32_t LowerCase(char32_t c);
char32_t UpperCase(char32_t c);
std::string LowerCase(std::string_view text);

}  // namespace kani::text
