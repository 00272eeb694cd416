// Which files a data set consists of.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace kani::train {

/// Whether a file is of tables, by its first bytes and name.
bool IsTableFile(const std::filesystem::path& path);

/// Whether a folder has any, as TableFiles looks for them.
bool HasTableFiles(const std::filesystem::path& folder);

/// Those of a data set in their order: the file itself, what `datasets` saved (state.json,
/// dataset_dict.json), or the Parquet files of a folder or of its folder data. Throws kNotFound for
/// none, kInvalidArgument, which lists the splits, where `split` is not one of them, or empty while
/// there are several.
std::vector<std::filesystem::path> TableFiles(const std::filesystem::path& path,
                                              const std::string& split);

}  // namespace kani::train
