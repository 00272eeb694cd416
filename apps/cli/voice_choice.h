// Which voice a text is spoken with.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "apps/cli/model_options.h"
#include "base/log.h"
#include "model/lm_config.h"
#include "text/script.h"
#include "voices/voice.h"

namespace kani::cli {

/// Whether what --voice says is a file rather than a name.
bool IsVoiceFile(const std::filesystem::path& path);

/// A voice that is a file: stored, or a recording that is cloned now. Nothing if `file` is a name.
std::optional<voices::Voice> VoiceFromFile(const std::string& file, const ModelOptions& model,
                                           const WarningSink& warn);

/// A voice of the user or the model. Throws kNotFound.
voices::Voice VoiceByName(std::string_view name, const model::ModelPaths& paths,
                          const model::LmConfig& config, const WarningSink& warn);

/// The model's voice for a request that names none; nothing, and a warning, where it has none.
std::optional<voices::Voice> DefaultVoice(const model::ModelPaths& paths,
                                          const model::LmConfig& config, const text::Script& script,
                                          const WarningSink& warn);

/// The language of the voice that --voice names, without cloning: "" for a recording.
std::string VoiceLanguage(const std::string& voice, const model::ModelPaths& paths,
                          const model::LmConfig& config, const WarningSink& warn);

}  // namespace kani::cli
