#include "apps/cli/weight_option.h"

#include "base/error.h"

namespace kani::cli {

void AddWeightOption(CLI::App& app, std::string& weights) {
  app.add_option("--weights", weights, "How weights are kept: fp32, bf16 or int8 [as stored]")
      ->check(CLI::IsMember({"fp32", "bf16", "int8"}))
      ->type_name("FORMAT");
}

std::optional<kernels::WeightFormat> ParseWeightFormat(const std::string& name) {
  using enum kernels::WeightFormat;
  if (name.empty()) return {};
  for (const kernels::WeightFormat format : {kFp32, kBf16, kInt8}) {
    if (kernels::WeightFormatName(format) == name) return format;
  }
  Fail(ErrorCode::kInvalidArgument, "weight format ", Quoted(name),
       ": expected fp32, bf16 or int8");
}

}  // namespace kani::cli
