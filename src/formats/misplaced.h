// What lies in the place of a file of a model or a data set when a download or a copy went wrong.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace kani::formats {

/// Throws kInvalidFile, with what to do, if `bytes` are empty, a Git LFS pointer or a web page: of
/// these no file of a model or a data set consists.
void RejectMisplaced(std::span<const std::byte> bytes, std::string_view source);

/// For a file that does not begin as it should: ", but is text ('Entry not found')", ", but is a
/// GGUF file". Empty where nothing is known.
std::string WhatItIsInstead(std::span<const std::byte> bytes);

/// What to do about a file that ends too early.
inline constexpr std::string_view kFetchAgain =
    "the download or copy was cut short, fetch it again";

}  // namespace kani::formats
