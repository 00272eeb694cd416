// How many cores this process may use, which in a container is less than the machine has.
#pragma once

#include <filesystem>
#include <string_view>

namespace kani {

/// Cores that the affinity mask allows, but no more than the CPU quotas of the process's control
/// groups (v2 and v1, rounded up); at least 1.
int UsableCpuCount();

/// The smallest quota of the groups that `root`/proc/self/cgroup names and of the groups above
/// them, in cores, rounded up; 0 = no limit, or none that can be read. Never throws.
int CpuQuota(const std::filesystem::path& root);

/// A cpu.max of version 2 ("150000 100000") as cores, rounded up; 0 for "max" and what is no limit.
int ParseCpuMax(std::string_view text);

}  // namespace kani
