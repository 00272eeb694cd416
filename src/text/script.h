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

/// What the signs of a text are.
enum class Markup {
  kMarkdown,  ///< Markdown, tags of HTML and "[pause 1.5s]": not said
  kPlain,     ///< text like all other
  kSsml,      ///< a document of ssml.h
};

struct ScriptOptions {
  std::string language = "auto";  ///< a tag of the model, a base language, or auto: by sentence
  /// With auto, of sentences whose words do not tell: the tag of a chosen voice, or "".
  std::string fallback_language;
  Markup markup = Markup::kMarkdown;
  bool name_emoji = false;       ///< say their names rather than drop them
  bool short_addresses = false;  ///< say of a web address its host alone
  bool normalize = true;         ///< numbers and signs to words, and nothing that cannot be spoken
  size_t max_characters = 240;   ///< Unicode code points of one piece, >= 20
};

/// What is spoken in one go.
struct ScriptPiece {
  std::string text;             ///< as the model reads it, never empty
  std::string language;         ///< the model's tag, "" where it has none
  std::string base_language;    ///< whose rules made the text
  int64_t pause_after_ms = 0;   ///< silence that belongs after it
  double expected_seconds = 0;  ///< a guess by its length
  double gain = 1;              ///< factor on the samples
  std::string voice;            ///< the name of the voice that the text asks for; "" = none
};

struct Script {
  std::string language;       ///< the tag of most of the text, "" where the model has none
  std::string base_language;  ///< of most of the text
  int64_t pause_before_ms = 0;
  std::vector<ScriptPiece> pieces;
};

/// Seconds that a text is expected to take: about 15 characters a second.
double ExpectedSeconds(std::string_view text);

/// Throws kInvalidArgument for an unknown language, invalid UTF-8, a piece that is too short and
/// what ParseSsml and SplitAtPauses refuse.
/// @param tags the language tags of the model, which may be none.
/// @param warn receives a line when characters were dropped.
Script MakeScript(std::string_view text, std::span<const std::string> tags,
                  const ScriptOptions& options, const WarningSink& warn = {});

}  // namespace kani::text
