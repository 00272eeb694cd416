// Documentation/admin-guide/cgroup-v2.rst and scheduler/sched-bwc.rst of Linux.
#include "base/cpu_count.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/read_file.h"

namespace kani {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFileBytes = 1 << 16;
constexpr int kMaxDepth = 64;                    // of nested groups
constexpr size_t kMaxMaskWords = 1 << 14;        // a million cores
constexpr int64_t kMaxMicroseconds = 1LL << 40;  // keeps the sums below in range

/// Empty when it cannot be read.
std::string TextOf(const fs::path& file) {
  try {
    return ReadTextFile(file, kMaxFileBytes);
  } catch (const Error&) {
    return {};
  }
}

/// Takes the number at the start of `text` and the blanks behind it; -1 when there is none.
int64_t TakeNumber(std::string_view& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0 || number > kMaxMicroseconds) return -1;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
  return number;
}

int Cores(int64_t quota, int64_t period) {
  if (quota <= 0 || period <= 0) return 0;
  return static_cast<int>(std::min<int64_t>((quota + period - 1) / period, 1 << 20));
}

/// The smaller limit, where 0 is none.
int Smaller(int a, int b) { return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b); }

int QuotaV1(const fs::path& group) {
  std::string quota = TextOf(group / "cpu.cfs_quota_us"),
              period = TextOf(group / "cpu.cfs_period_us");
  std::string_view quota_view = quota, period_view = period;
  return Cores(TakeNumber(quota_view), TakeNumber(period_view));
}

int QuotaV2(const fs::path& group) { return ParseCpuMax(TextOf(group / "cpu.max")); }

/// Of `path` below the mount point and of all groups above it. In a container `path` may name what
/// only the host sees; the mount point itself is then the container's own group.
int SmallestOnTheWay(const fs::path& mount, std::string_view path, int (*quota)(const fs::path&)) {
  int smallest = quota(mount);
  fs::path group = mount;
  int depth = 0;
  for (const fs::path& name : fs::path(path).relative_path()) {
    if (name == ".." || ++depth > kMaxDepth) break;
    group /= name;
    smallest = Smaller(smallest, quota(group));
  }
  return smallest;
}

bool Lists(std::string_view names, std::string_view wanted) {
  while (!names.empty()) {
    const size_t end = std::min(names.find(','), names.size());
    if (names.substr(0, end) == wanted) return true;
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return false;
}

/// A line of /proc/self/cgroup: "0::/a/b" (version 2) or "4:cpu,cpuacct:/a/b" (version 1).
int QuotaOfLine(const fs::path& mounts, std::string_view line) {
  const size_t first = line.find(':');
  if (first == std::string_view::npos) return 0;
  const size_t second = line.find(':', first + 1);
  if (second == std::string_view::npos) return 0;
  const std::string_view controllers = line.substr(first + 1, second - first - 1);
  const std::string_view path = line.substr(second + 1);
  if (controllers.empty()) return SmallestOnTheWay(mounts, path, QuotaV2);
  return Lists(controllers, "cpu") ? SmallestOnTheWay(mounts / "cpu", path, QuotaV1) : 0;
}

/// Cores of the affinity mask. The kernel refuses a mask shorter than its own (EINVAL).
int AffinityCount() {
  for (size_t words = 16; words <= kMaxMaskWords; words *= 4) {
    std::vector<__cpu_mask> mask(words);
    const size_t bytes = words * sizeof(__cpu_mask);
    auto* set = reinterpret_cast<cpu_set_t*>(mask.data());
    if (::sched_getaffinity(0, bytes, set) == 0) return CPU_COUNT_S(bytes, set);
    if (errno != EINVAL) break;
  }
  return static_cast<int>(std::thread::hardware_concurrency());
}

}  // namespace

int ParseCpuMax(std::string_view text) {
  const int64_t quota = TakeNumber(text);
  return Cores(quota, TakeNumber(text));
}

int CpuQuota(const fs::path& root) {
  const std::string groups = TextOf(root / "proc/self/cgroup");
  int smallest = 0;
  for (std::string_view rest = groups; !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    smallest = Smaller(smallest, QuotaOfLine(root / "sys/fs/cgroup", rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return smallest;
}

int UsableCpuCount() { return std::max(1, Smaller(AffinityCount(), CpuQuota("/"))); }

}  // namespace kani
