#include "text/pauses.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "text/unicode.h"

namespace kani::text {
namespace {

constexpr std::string_view kOpening = "[pause ";

}  // namespace

std::optional<int64_t> ParseDurationMs(std::string_view written) {
  double value = 0;
  const char* const end = written.data() + written.size();
  const auto [rest, error] = std::from_chars(written.data(), end, value, std::chars_format::fixed);
  if (error != std::errc() || !std::isfinite(value) || value < 0) return {};
  std::string_view unit(rest, static_cast<size_t>(end - rest));
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  if (unit != "s" && unit != "ms") return {};
  constexpr double kLongestMs = 1e15;  // exact as an integer
  return static_cast<int64_t>(std::round(std::min(unit == "s" ? value * 1000 : value, kLongestMs)));
}

std::vector<Passage> SplitAtPauses(std::string_view text) {
  constexpr size_t kMaxBytes = 40;
  std::vector<Passage> passages;
  size_t begin = 0;
  for (size_t at = text.find('['); at != std::string_view::npos; at = text.find('[', at + 1)) {
    const std::string_view written = text.substr(at, kMaxBytes);
    if (LowerCase(written.substr(0, kOpening.size())) != kOpening) continue;
    const size_t length = written.find(']');
    if (length == std::string_view::npos) continue;
    const auto pause_ms =
        ParseDurationMs(written.substr(kOpening.size(), length - kOpening.size()));
    if (!pause_ms) continue;
    if (*pause_ms > kMaxPauseMs) {
      Fail(ErrorCode::kInvalidArgument, "text: pause ", Quoted(written.substr(0, length + 1)),
           " at byte ", at, ": expected at most ", kMaxPauseMs / 1000, " s");
    }
    passages.push_back(
        {.text = std::string(text.substr(begin, at - begin)), .pause_after_ms = pause_ms});
    begin = at + length + 1;
  }
  if (begin < text.size()) passages.push_back({.text = std::string(text.substr(begin))});
  return passages;
}

}  // namespace kani::text
