// YAML of foreign files, bounded before any of it is built.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <string_view>

namespace kani::formats {

/// The first document. Throws kInvalidFile for what is not UTF-8 YAML or is nested deeper than 64
/// levels, kResourceExhausted beyond 1 MiB or 100,000 nodes.
YAML::Node ParseYaml(std::string_view yaml, const std::string& source);

}  // namespace kani::formats
