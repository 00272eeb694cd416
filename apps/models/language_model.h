// The language model alone, for programs that need no more of a model.
#pragma once

#include <filesystem>
#include <string>

namespace kani::models {

/// The folder of a language model by path or name: one that is given, that ships, or that lies in
/// the cache of the hub. A path is returned as it is, whatever is in it. Throws kNotFound, with
/// what to run for a name that is known.
std::filesystem::path LanguageModelFolder(const std::string& name);

}  // namespace kani::models
