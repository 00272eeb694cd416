// What any model file or folder is: kind, config, tensors, sizes, licence note. As JSON, which
// `kani inspect` prints as it is or as text.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

namespace kani::cli {

/// One entry for each part: several for a folder that holds a whole model. Keys: kind, path,
/// config, tensors, parameters, memory_bytes, licence_note; those that do not apply are absent.
/// Throws kNotFound, kInvalidFile, kUnsupported for a file of no known kind.
std::vector<nlohmann::ordered_json> Describe(const std::filesystem::path& path);

}  // namespace kani::cli
