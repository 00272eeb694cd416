// `kani-dev verify`: compares this program with what the official code computed.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "apps/dev/verify/parity_case.h"

namespace kani::dev {

struct VerifyOptions {
  std::vector<std::filesystem::path> folders;
  VerifySettings settings;
  std::optional<std::filesystem::path> write_folder;  ///< where computed tensors are saved
  bool json = false;
};

/// Finds every case below the folders, prints each output's largest error against its tolerance.
/// @return false for zero cases, a miss, a missing tensor or a case that nothing reads.
bool Verify(const VerifyOptions& options);

}  // namespace kani::dev
