// The --weights option.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "kernels/weight_format.h"

namespace kani::cli {

void AddWeightOption(CLI::App& app, std::string& weights);
/// Nothing for "". Throws kInvalidArgument for another name than fp32, bf16, int8.
std::optional<kernels::WeightFormat> ParseWeightFormat(const std::string& name);

}  // namespace kani::cli
