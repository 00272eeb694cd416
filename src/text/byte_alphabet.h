// GPT-2's byte alphabet: each of the 256 bytes as one printable character, the form in which
// byte-level vocabularies are stored. Bytes 33..126, 161..172 and 174..255 stand for themselves
// (as code points); the other 68, in ascending order, are U+0100..U+0143.
#pragma once

#include <string>
#include <string_view>

namespace kani::text {

/// Bytes in the alphabet, as UTF-8.
std::string ToByteAlphabet(std::string_view bytes);

/// The bytes a token stands for. A token with any character outside the alphabet stands for its own
/// UTF-8, as the reference has it.
std::string FromByteAlphabet(std::string_view token);

}  // namespace kani::text
