// What people write that CommonMark does not know, or takes for something else.
#pragma once

#include <string>
#include <string_view>

namespace kani::text {

/// Rewrites "2*3" so that it is not emphasis, "• item" as an item, "== Title ==" as a heading and
/// "|-|" as the rule of a table; drops comments of HTML, marks of footnotes and the signs around
/// mathematics ("$E = mc^2$"). Linear in time.
std::string WithCommonMarkSpelling(std::string_view text);

}  // namespace kani::text
