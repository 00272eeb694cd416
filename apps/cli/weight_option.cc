#include "apps/cli/weight_option.h"

#include <vector>

#include "base/error.h"

namespace kani::cli {

void AddWeightOption(CLI::App& app, std::string& weights) {
  std::vector<std::string> names;
  for (const kernels::WeightTraits& traits : kernels::AllWeightFormats()) {
    names.emplace_back(traits.name);
  }
  app.add_option("--weights", weights, "How weights are kept: fp32, bf16 or int8 [as stored]")
      ->check(CLI::IsMember(names))
      ->type_name("FORMAT");
}

std::optional<kernels::WeightFormat> ParseWeightFormat(const std::string& name) {
  if (name.empty()) return {};
  if (const auto format = kernels::FindWeightFormat(name)) return format;
  Fail(ErrorCode::kInvalidArgument, "weight format ", Quoted(name),
       ": expected fp32, bf16 or int8");
}

}  // namespace kani::cli
