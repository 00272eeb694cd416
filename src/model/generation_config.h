// generation_config.json of a language model: sampling defaults.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace kani::model {

/// Sampling defaults a checkpoint may carry; absent keys are absent here.
struct GenerationConfig {
  std::optional<double> temperature;
  std::optional<int64_t> top_k;
  std::optional<double> top_p;
  std::optional<double> min_p;
  std::optional<double> repetition_penalty;
};

/// Throws kInvalidFile naming the key, expected and found.
GenerationConfig ParseGenerationConfig(std::string_view json, std::string source);
/// A missing file gives an empty config.
GenerationConfig LoadGenerationConfig(const std::filesystem::path& generation_config_json);

}  // namespace kani::model
