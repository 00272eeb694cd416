#include "base/nearest.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "base/error.h"

namespace kani {
namespace {

// Words of files are foreign; nothing longer resembles a key.
constexpr size_t kMaxBytes = 64;

}  // namespace

int64_t EditDistance(std::string_view from, std::string_view to) {
  std::vector<int64_t> row(to.size() + 1);  // distances of the bytes so far to each beginning of to
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 0; i < from.size(); ++i) {
    int64_t diagonal = row[0]++;
    for (size_t j = 0; j < to.size(); ++j) {
      const int64_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string_view Nearest(std::string_view word, std::span<const std::string> known) {
  KANI_DCHECK(!known.empty());
  const std::string_view beginning = word.substr(0, kMaxBytes);
  return *std::ranges::min_element(
      known, {}, [&](const std::string& each) { return EditDistance(beginning, each); });
}

}  // namespace kani
