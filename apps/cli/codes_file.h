// Codes on disk: .safetensors with the integer tensor `codes` [F, Q], or .json {"codebooks": Q,
// "codes": [[...]]} with one row a frame (docs/formats.md).
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "codec/codec.h"

namespace kani::cli {

bool IsCodesExtension(std::string_view extension);
/// Throws kNotFound, kInvalidFile, kResourceExhausted (JSON above 16 MiB) or kUnsupported
/// (extension). Values are checked by the codec.
codec::Codes LoadCodes(const std::filesystem::path& path, int64_t codebooks);
/// Same on bytes; `extension` as in ".json".
codec::Codes ParseCodes(std::span<const std::byte> bytes, std::string_view extension,
                        int64_t codebooks, const std::string& source);
/// Writes atomically.
void SaveCodes(const codec::Codes& codes, const std::filesystem::path& path);

}  // namespace kani::cli
