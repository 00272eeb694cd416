// Files that are part of the program (cmake/EmbedFiles.cmake).
#pragma once

#include <span>
#include <string_view>

namespace kani::server {

struct EmbeddedFile {
  std::string_view name;  ///< relative to its folder
  std::string_view bytes;
  std::string_view hash;  ///< of the bytes
};

std::span<const EmbeddedFile> StudioFiles();  ///< of web/
std::span<const EmbeddedFile> ApiFiles();

}  // namespace kani::server
