// What any model file or folder is: kind, config, tensors, sizes, licence note. As JSON, which
// `kani inspect` prints as it is or as text.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "model/model_folder.h"

namespace kani::cli {

/// One entry for each part: several for a folder that holds a whole model. Keys: kind, path,
/// config, tensors, parameters, memory_bytes, licence_note; those that do not apply are absent.
/// Throws kNotFound, kInvalidFile, kUnsupported for a file of no known kind.
std::vector<nlohmann::ordered_json> Describe(const std::filesystem::path& path);
/// The same for the parts of a model, wherever they are.
std::vector<nlohmann::ordered_json> DescribeModel(const model::ModelPaths& paths);

}  // namespace kani::cli
