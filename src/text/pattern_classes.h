// Regular expressions for Oniguruma whose classes of characters are those of Unicode 16.
#pragma once

#include <string>
#include <string_view>

namespace kani::text {

/// `pattern` with each \p{General_Category}, \d and \w replaced by a property that is registered
/// with Oniguruma under a name of our own, so that nobody else's patterns change their meaning.
/// What names a script, a block or a POSIX class stays as Oniguruma knows it. Thread-safe. Throws
/// kUnsupported when the process uses more than 20 different classes, which is all that Oniguruma
/// takes.
std::string WithClassesOfUnicode16(std::string_view pattern);

}  // namespace kani::text
