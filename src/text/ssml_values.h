// Values of SSML's attributes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "text/passage.h"

namespace kani::text {

/// Milliseconds of silence of a break's strength ("strong"); nothing for an unknown one.
std::optional<int64_t> StrengthMs(std::string_view strength);

/// The factor of a volume: a name ("soft"), or decibels from -60 to 60 ("+6dB") on top of `around`,
/// at most 16. Nothing for any other value.
std::optional<double> VolumeGain(std::string_view volume, double around);

/// What say-as asks for.
struct Interpretation {
  std::optional<SayAs> as;  ///< none: the rules of numbers find it out by themselves
};
std::optional<Interpretation> FindInterpretation(std::string_view interpret_as);

/// The names that are known, for messages.
std::string StrengthNames();
std::string VolumeNames();
std::string InterpretationNames();

}  // namespace kani::text
