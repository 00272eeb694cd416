// Rehashes a model of the cache.
#pragma once

#include "apps/models/inventory.h"

namespace kani::cli {

/// Prints what is damaged or missing, and a summary. Returns the exit code: that of a damaged file
/// if there is one.
int VerifyModel(const models::InventoryModel& model, const std::filesystem::path& cache, bool json);

}  // namespace kani::cli
