// What a request means before anything is generated: its text in pieces, each with its prompt and
// limit. Needs the tokenizer and the configurations, no weights.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "engine/speech.h"
#include "model/codec_config.h"
#include "model/lm_config.h"
#include "text/script.h"
#include "text/tokenizer.h"
#include "voices/voice.h"

namespace kani::engine {

struct PlannedPiece {
  text::ScriptPiece said;
  std::optional<size_t> voice;  ///< of the plan; none: the model picks a speaker
  std::vector<int32_t> prompt;  ///< rows of text::BuildPrompt
  int64_t max_frames = 0;       ///< a runaway is stopped here
  int64_t pause_samples = 0;    ///< silence that belongs after it, at the codec's rate
};

struct Plan {
  std::string language;  ///< the model's tag of most of the text, "" where it has none
  int64_t pause_before_samples = 0;
  std::vector<voices::Voice> voices;  ///< each once
  std::vector<PlannedPiece> pieces;
};

/// What a request will say, which may be nothing. Throws as MakePlan does; needs no tokenizer.
text::Script MakeScript(const SpeechRequest& request, std::span<const std::string> language_tags,
                        const WarningSink& warn = {});

/// Throws kInvalidArgument for settings out of range, an unknown language and text without anything
/// to speak, kResourceExhausted for text above 1 MiB and a prompt that leaves no position.
Plan MakePlan(const SpeechRequest& request, const text::Tokenizer& tokenizer,
              const model::LmConfig& config, const model::CodecConfig& codec,
              const WarningSink& warn = {});

}  // namespace kani::engine
