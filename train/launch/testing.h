// For tests of what starts processes.
#pragma once

#include <sys/types.h>

#include <fstream>
#include <string>

namespace kani::train {

/// A zombie that nobody has reaped yet does not run.
inline bool Runs(pid_t process) {
  std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
  std::string number, name, state;
  return stat >> number >> name >> state && state != "Z";
}

}  // namespace kani::train
