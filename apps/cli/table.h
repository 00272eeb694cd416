// Columns of text in lines of a terminal.
#pragma once

#include <string>
#include <vector>

namespace kani::cli {

/// A line per row, its cells padded to the widest of their column, two blanks between. Nothing in a
/// cell ends its line. Widths are counted in code points.
std::vector<std::string> AlignedLines(const std::vector<std::vector<std::string>>& rows);

}  // namespace kani::cli
