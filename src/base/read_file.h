// Whole files in memory, by read(): for everything that is parsed from beginning to end. A map
// would end the process (SIGBUS) when somebody truncates the file meanwhile; base/mapped_file.h is
// for weights and what else is too large to copy.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace kani {

/// The bytes that a regular file has when it is opened; what is appended later is not read. Throws
/// kNotFound; kIo for a folder or a device, and for a file that becomes shorter meanwhile;
/// kResourceExhausted when it is larger than `max_bytes`, or memory or file handles run out.
std::string ReadTextFile(const std::filesystem::path& path, size_t max_bytes);
/// The same for what is no text.
std::vector<std::byte> ReadBinaryFile(const std::filesystem::path& path, size_t max_bytes);

}  // namespace kani
