// What markup says about how a text is to be spoken.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kani::text {

/// How a word or number is to be read whatever stands around it.
enum class SayAs { kCharacters, kCardinal, kOrdinal };

struct SaidAs {
  size_t begin = 0;  ///< byte of the passage
  size_t end = 0;
  SayAs as = SayAs::kCharacters;
};

/// Text that is spoken in one manner.
struct Passage {
  std::string text;
  std::vector<SaidAs> said_as = {};  ///< in the order of the text, apart from each other
  std::string language = {};         ///< what the text asks for; "" leaves it to the request
  std::string voice = {};            ///< a name; "" leaves it to the request
  double gain = 1;                   ///< factor on the samples, >= 0
  /// Silence behind it; by its punctuation where the text does not say.
  std::optional<int64_t> pause_after_ms = {};
};

/// The longest pause that a text can ask for at one place.
inline constexpr int64_t kMaxPauseMs = 60'000;

}  // namespace kani::text
