#include "hub/retry.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace kani::hub {
namespace {

constexpr int kMaxAskedWaitSeconds = 600;
constexpr int kLongestDoubling = 3;  // 1, 2, 4, 8, 8, ...
constexpr std::chrono::milliseconds kSlice{100};

}  // namespace

void Retry::AfterFailure(const TransientError& error) {
  ++failures_;
  if (failures_ > settings_.max_retries) throw error;
  int64_t wait_ms = int64_t{settings_.retry_unit_ms} << std::min(failures_ - 1, kLongestDoubling);
  if (error.wait_s()) {
    if (*error.wait_s() > kMaxAskedWaitSeconds) throw error;
    wait_ms = std::max<int64_t>(wait_ms, int64_t{*error.wait_s()} * 1000);
  }
  Wait(wait_ms, error.what());
}

void Retry::Wait(int64_t wait_ms, const std::string& why) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::milliseconds(wait_ms);
  for (auto now = Clock::now(); now < end; now = Clock::now()) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(end - now);
    activity_.waiting(StrCat(why, "; going on in ", left.count(), " s"));
    if (activity_.cancelled()) Fail(ErrorCode::kCancelled, "interrupted");
    std::this_thread::sleep_for(std::min<Clock::duration>(kSlice, end - now));
  }
  activity_.waiting("");
}

}  // namespace kani::hub
