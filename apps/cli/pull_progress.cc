#include "apps/cli/pull_progress.h"

#include <algorithm>

#include "apps/cli/amounts.h"
#include "base/error.h"

namespace kani::cli {
namespace {

// Long enough to be steady, short enough to follow a connection that becomes slow.
constexpr double kWindowSeconds = 5;
constexpr int kShortestBar = 6, kLongestBar = 30;

}  // namespace

void Speed::Add(double time_s, uint64_t bytes) {
  samples_.emplace_back(time_s, bytes);
  while (samples_.size() > 2 && samples_.front().first < time_s - kWindowSeconds) {
    samples_.pop_front();
  }
}

double Speed::bytes_per_second() const {
  if (samples_.size() < 2) return 0;
  const auto& [first_s, first_bytes] = samples_.front();
  const auto& [last_s, last_bytes] = samples_.back();
  // A file that turned out wrong begins anew.
  if (last_s <= first_s || last_bytes <= first_bytes) return 0;
  return static_cast<double>(last_bytes - first_bytes) / (last_s - first_s);
}

std::string PullProgressText(uint64_t done_bytes, uint64_t total_bytes, double bytes_per_second,
                             int columns) {
  done_bytes = std::min(done_bytes, total_bytes);
  const double share =
      total_bytes == 0 ? 1 : static_cast<double>(done_bytes) / static_cast<double>(total_bytes);
  std::string text = StrCat(static_cast<int>(share * 100), " %  ", SizeText(done_bytes), " of ",
                            SizeText(total_bytes));
  if (bytes_per_second > 0) {
    const double left_s = static_cast<double>(total_bytes - done_bytes) / bytes_per_second;
    text += StrCat("  ", SizeText(static_cast<uint64_t>(bytes_per_second)), "/s  ",
                   DurationText(left_s), " left");
  }
  // Brackets, a blank, and the last column, which would wrap some terminals.
  const int room = columns - static_cast<int>(text.size()) - 4;
  if (room >= kShortestBar) {
    const int width = std::min(room, kLongestBar);
    const int full = static_cast<int>(share * width);
    text = StrCat("[", std::string(static_cast<size_t>(full), '#'),
                  std::string(static_cast<size_t>(width - full), '-'), "] ", text);
  }
  return text.substr(0, static_cast<size_t>(std::max(columns - 1, 1)));
}

void PullProgressLine::Show(uint64_t done_bytes, const std::string& waiting) {
  if (!line_.visible()) return;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
  speed_.Add(elapsed.count(), done_bytes);
  const int columns = terminal::ProgressLine::Columns();
  line_.Show(waiting.empty()
                 ? PullProgressText(done_bytes, total_bytes_, speed_.bytes_per_second(), columns)
                 : waiting.substr(0, static_cast<size_t>(std::max(columns - 1, 1))));
}

}  // namespace kani::cli
