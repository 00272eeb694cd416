// What would be said, without saying it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "engine/speech.h"

namespace kani::cli {

/// Prints the pieces that `request` would say, one a line: language, expected seconds, seconds of
/// pause behind it and text, with tabs between; or as one report.
/// @param language_tags of the model.
void PrintScript(const engine::SpeechRequest& request, std::span<const std::string> language_tags,
                 bool as_json);

/// Takes each line of the text for a text of its own and prints one line for it: what is said, or
/// its report. A line that says nothing has an empty one.
void PrintLines(const engine::SpeechRequest& request, std::span<const std::string> language_tags,
                bool as_json);

/// The pieces of a script as the reports of `speak` have them.
nlohmann::json PiecesReport(std::span<const text::ScriptPiece> pieces);

}  // namespace kani::cli
