// The part of SSML (W3C, 1.1) that can be spoken: speak, p, s, break, say-as, sub, lang, voice, and
// the volume of prosody.
#pragma once

#include <string_view>
#include <vector>

#include "text/passage.h"

namespace kani::text {

/// Passages in the order of the document. Throws kInvalidArgument for what is no well-formed XML or
/// a value that its attribute cannot have; kUnsupported for other elements and attributes, and for
/// what they ask of speech that it cannot do (another rate or pitch); kResourceExhausted for
/// elements nested deeper than 64. Each names the line and the element.
/// @param ssml UTF-8. Entities of its own and documents it refers to are refused.
std::vector<Passage> ParseSsml(std::string_view ssml);

}  // namespace kani::text
