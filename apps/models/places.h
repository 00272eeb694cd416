// Where models, the user's choices and the hub are: read from the environment, as a program does
// once for its user.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/models/known_models.h"
#include "base/log.h"
#include "hub/settings.h"

namespace kani::models {

/// Nothing for a variable that is not set.
std::optional<std::string> Environment(const std::string& name);

/// `<exe>/../share/kani/models`, then `models/` in every folder above the program, so that both an
/// installed and a freshly built program find what belongs to them.
std::vector<std::filesystem::path> ModelSearchPath();

/// $XDG_CONFIG_HOME/kani, else ~/.config/kani; empty where neither variable is set.
std::filesystem::path ConfigFolder();

/// `known.json` of the first folder of the search path that has one, and over it the user's
/// `models.json`. Throws as ParseKnownModels does.
KnownModels LoadKnownModels();

/// Settings of the hub with this program's user agent. Throws as SettingsFromEnvironment does.
hub::Settings HubSettings(const WarningSink& warn = {});
/// The cache alone, whatever else the environment says of the hub; empty if there is none.
std::filesystem::path CacheFolder();

/// What the user chose to speak with when no model is named: the name in `settings.json` of the
/// config folder; nothing if there is none. Throws kInvalidFile.
std::optional<std::string> DefaultModel();
/// Nothing: back to the model that ships. Throws kIo, and kNotFound without a config folder.
void SetDefaultModel(const std::optional<std::string>& name);

/// The model that ships and speaks where nothing else was chosen.
inline constexpr char kShippedModel[] = "mini";

}  // namespace kani::models
