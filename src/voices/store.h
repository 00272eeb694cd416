// Voices by name: those of the model and those the user made.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "voices/voice.h"

namespace kani::voices {

/// A voice and where it came from.
struct KnownVoice {
  Voice voice;
  std::filesystem::path user_file;  ///< empty for a voice of the model; may hold others too
  bool is_default = false;  ///< what the model speaks its language with if none is asked for
};

/// Letters, digits, - and _, at most 64: what can be a file's stem everywhere and looks like no
/// file on the command line. Voices that others named are found by any name.
bool IsNewName(std::string_view name);

/// The user's voices sorted by name, those of voices.json too; one in a file of its own goes by the
/// file's stem. A file that cannot be read, or a second voice of a name, is skipped with a warning.
std::vector<KnownVoice> UserVoices(const std::filesystem::path& folder, const WarningSink& warn);
/// The user's voices, then the model's that do not have the same name.
/// @param model_folder folder of the model's voices, if it has one.
std::vector<KnownVoice> AllVoices(const std::filesystem::path& user_folder,
                                  const std::optional<std::filesystem::path>& model_folder,
                                  int64_t embedding_size, const WarningSink& warn);
/// Throws kNotFound that lists the known names.
/// @param whose what the message says of `voices`, such as " of yours".
const KnownVoice& FindVoice(std::span<const KnownVoice> voices, std::string_view name,
                            std::string_view whose = "");

/// Position in a model's `voices` of the one for a request that names none: of the language tag,
/// else of its base language, else of any language, else of all; among those the first that its
/// file calls a default, else the first. Nothing without voices.
std::optional<size_t> DefaultVoice(std::span<const Voice> voices, std::string_view tag);

/// The file of a new voice in the user's folder, which is created. Throws kInvalidArgument for a
/// name that cannot be one (IsNewName), kIo.
std::filesystem::path NewVoiceFile(const std::filesystem::path& user_folder,
                                   const std::string& name);

}  // namespace kani::voices
