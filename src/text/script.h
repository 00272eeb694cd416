// What will be said: a text as the pieces that are spoken one after the other. Needs no model, only
// its language tags.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace kani::text {

struct ScriptOptions {
  std::string language = "auto";  ///< a tag of the model, a base language, or auto: by sentence
  /// With auto, of sentences whose words do not tell: the tag of a chosen voice, or "".
  std::string fallback_language;
  bool normalize = true;        ///< numbers and signs to words, and nothing that cannot be spoken
  size_t max_characters = 240;  ///< Unicode code points of one piece, >= 20
};

/// What is spoken in one go.
struct ScriptPiece {
  std::string text;             ///< as the model reads it, never empty
  std::string language;         ///< the model's tag, "" where it has none
  std::string base_language;    ///< whose rules made the text
  int64_t pause_after_ms = 0;   ///< silence that belongs after it
  double expected_seconds = 0;  ///< a guess by its length
};

struct Script {
  std::string language;       ///< the tag of most of the text, "" where the model has none
  std::string base_language;  ///< of most of the text
  std::vector<ScriptPiece> pieces;
};

/// Seconds that a text is expected to take: about 15 characters a second.
double ExpectedSeconds(std::string_view text);

/// Throws kInvalidArgument for an unknown language, invalid UTF-8 and a piece that is too short.
/// @param tags the language tags of the model, which may be none.
/// @param warn receives a line when characters were dropped.
Script MakeScript(std::string_view text, std::span<const std::string> tags,
                  const ScriptOptions& options, const WarningSink& warn = {});

}  // namespace kani::text
