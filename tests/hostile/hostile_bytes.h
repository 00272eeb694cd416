// What hostile bytes may do to a parser: raise a kani::Error, or be accepted. Shared by the fuzz
// targets and the truncation and bit-flip tests.
#pragma once

#include <array>
#include <cstddef>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "formats/safetensors.h"

namespace kani {

/// Runs `parse`. Any exception but an Error passes through, and so does kInternal, which is a bug
/// of ours by definition.
/// @return whether the bytes were accepted.
template <typename Parse>
bool ParseHostile(std::span<const std::byte> bytes, Parse parse) {
  try {
    parse(bytes);
    return true;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInternal) throw;
    return false;
  }
}

/// The bytes as the text that a text parser expects.
inline std::string_view AsText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Reads the first and the last element of every tensor, so that a view outside its bytes shows.
inline void TouchTensors(const formats::TensorStore& store) {
  for (const auto& [name, view] : store.tensors()) {
    if (view.size() == 0) continue;
    std::array<float, 1> element;
    view.ReadFloats(0, element);
    view.ReadFloats(view.size() - 1, element);
  }
}

}  // namespace kani
