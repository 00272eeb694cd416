// Codes on disk: .safetensors with the integer tensor `codes` [F, Q], or .json {"codebooks": Q,
// "codes": [[...]]} with one row a frame (docs/formats.md).
#pragma once

#include <filesystem>
#include <string_view>

#include "codec/codec.h"

namespace kani::cli {

bool IsCodesExtension(std::string_view extension);
/// Throws kNotFound, kInvalidFile or kUnsupported (extension). Values are checked by the codec.
codec::Codes LoadCodes(const std::filesystem::path& path, int64_t codebooks);
/// Writes atomically.
void SaveCodes(const codec::Codes& codes, const std::filesystem::path& path);

}  // namespace kani::cli
