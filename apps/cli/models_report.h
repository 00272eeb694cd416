// What `kani models` says of models, to people and to programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/models/inventory.h"

namespace kani::cli {

/// A line for each model that is here, then what can be pulled, then where the cache is.
std::string ModelsText(const std::vector<models::InventoryModel>& here,
                       const models::Catalogue& catalogue, const std::string& default_name);
nlohmann::json ModelsJson(const std::vector<models::InventoryModel>& here,
                          const models::Catalogue& catalogue, const std::string& default_name);

/// Every part with its place, commit, size, licence, and what is missing.
std::string ModelText(const models::InventoryModel& model);
nlohmann::json ModelJson(const models::InventoryModel& model);

}  // namespace kani::cli
