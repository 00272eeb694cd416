// What a user can do about what a hub answers.
#pragma once

#include <string>

#include "hub/problem.h"
#include "hub/repo_id.h"
#include "hub/settings.h"

namespace kani::cli {

/// The message with what to do about it.
/// @param name as the user typed it
std::string WithAdvice(const hub::HubError& error, const hub::Settings& settings,
                       const hub::RepoId& id, const std::string& name);

}  // namespace kani::cli
