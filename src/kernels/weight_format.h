// How a packed weight matrix may be stored: one list, and one row of facts for each format.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace kani::kernels {

/// A format belongs to one matrix; those of one model may differ.
enum class WeightFormat {
  kFp32,
  kBf16,  ///< expanded to fp32 on use: exact for what was stored as bf16
  kInt8,  ///< blocks of 32 inputs: int8 in [-127, 127] and one fp16 scale; activations are
          ///< quantised to int8 in the same blocks (scale = max / 127, round to nearest even) on
          ///< use
};

struct WeightTraits {
  WeightFormat format;
  std::string_view name;
  int64_t bits;         ///< of one weight, without scales
  int64_t block;        ///< inputs that share a scale; 1: there are no scales
  int64_t scale_bytes;  ///< of one block
  bool convolutions;    ///< kernels of more than one tap can be packed
};

/// Widest first.
std::span<const WeightTraits> AllWeightFormats();
const WeightTraits& TraitsOf(WeightFormat format);
inline std::string_view WeightFormatName(WeightFormat format) { return TraitsOf(format).name; }
/// None for a name that no format has.
std::optional<WeightFormat> FindWeightFormat(std::string_view name);

}  // namespace kani::kernels
