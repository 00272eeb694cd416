// Brings a model from a hub: what `kani pull` does, and other commands where their user says yes.
#pragma once

#include "apps/cli/pull_plan.h"

namespace kani::cli {

/// Shows the plan, asks where somebody can be asked, downloads with one line of progress, and makes
/// a model that speaks the default one. Returns the exit code. Throws Error with advice.
int Pull(const PullOptions& options);

/// "'kani pull NAME' (1.17 GB)": what brings a model that the table knows.
std::string PullLine(const models::KnownModels& known, const models::NamedModel& named);

}  // namespace kani::cli
