#include "model/generation_config.h"

#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "formats/json.h"
#include "formats/misplaced.h"

namespace kani::model {
namespace {

constexpr int64_t kMaxTopK = 4 << 20;
constexpr size_t kMaxFileBytes = 1 << 20;

}  // namespace

GenerationConfig ParseGenerationConfig(std::string_view json, std::string source) {
  formats::RejectMisplaced(std::as_bytes(std::span(json)), source);
  const nlohmann::json root = formats::ParseJson(json, source);
  const formats::JsonReader reader(root, std::move(source));
  GenerationConfig config;
  config.temperature = reader.OptionalNumber("temperature", 0.0, 100.0);
  config.top_k = reader.OptionalInt("top_k", 0, kMaxTopK);
  config.top_p = reader.OptionalNumber("top_p", 0.0, 1.0);
  config.min_p = reader.OptionalNumber("min_p", 0.0, 1.0);
  config.repetition_penalty = reader.OptionalNumber("repetition_penalty", 1e-3, 1e3);
  return config;
}

GenerationConfig LoadGenerationConfig(const std::filesystem::path& generation_config_json) {
  if (!std::filesystem::exists(generation_config_json)) return {};
  return ParseGenerationConfig(ReadTextFile(generation_config_json, kMaxFileBytes),
                               Quoted(generation_config_json.string()));
}

}  // namespace kani::model
