// What `kani pull` says, to people and to programs.
#pragma once

#include <nlohmann/json.hpp>

#include "apps/cli/pull_plan.h"

namespace kani::cli {

/// What would be pulled, how large it is, from where and under which licence.
std::string PlanText(const ModelPlan& plan, const hub::Settings& settings);
nlohmann::json PlanJson(const ModelPlan& plan, const hub::Settings& settings);
/// "~/.cache/..." for a path below HOME.
std::string ShortPath(const std::filesystem::path& path);

}  // namespace kani::cli
