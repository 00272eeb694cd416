// Removes a model from the cache, and those of its parts that no other model here needs.
#pragma once

#include <vector>

#include "apps/models/inventory.h"

namespace kani::cli {

/// Shows what goes and what stays, asks unless `yes`, removes. Returns the exit code. Throws
/// kInvalidArgument where nobody can be asked.
int RemoveModel(const models::InventoryModel& model, const std::vector<models::InventoryModel>& all,
                const std::filesystem::path& cache, bool yes);

}  // namespace kani::cli
