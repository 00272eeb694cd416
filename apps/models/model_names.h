// What the name of a model stands for, and which of its parts are on this machine. Reads the cache;
// needs no network.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "apps/models/known_models.h"
#include "hub/cache.h"
#include "model/model_folder.h"

namespace kani::models {

/// Where things are looked for.
struct Catalogue {
  KnownModels known;
  std::filesystem::path cache;  ///< of the hub's tools; empty = none
};

struct NamedModel {
  std::string name;       ///< finds it again: a name of the table, or "org/name", with "@revision"
  bool in_table = false;  ///< else only the language model is known
  KnownModel model;
};

/// `name` is "[org/]name[@revision]": a name of the table, the repository of a language model in
/// it, or any other repository. Of one without "org/" that is not in the table the cache tells
/// which is meant. Nothing if it cannot be a name, or is not here. Throws kInvalidArgument where
/// several repositories in the cache have that name.
std::optional<NamedModel> FindName(const Catalogue& catalogue, std::string_view name);

/// A part as far as it is here.
struct LocatedPart {
  /// Folder of a language model or speaker encoder, file of a codec; empty unless the part is
  /// whole.
  std::filesystem::path path;
  std::optional<hub::Snapshot> snapshot;  ///< in the cache, whole or not
  std::string missing;  ///< the first file that is needed and not here, if the part is not whole

  bool whole() const { return !path.empty(); }
};

LocatedPart Locate(const std::filesystem::path& cache, const PartPlace& place,
                   model::ModelPart kind);

/// The repository of the codec that fits the token layout in `lm_folder`/config.json; nothing if
/// the table has none, or that is not the configuration of a model that speaks.
std::optional<hub::RepoName> CodecFor(const KnownModels& known,
                                      const std::filesystem::path& lm_folder);
/// The same for the size of the speaker embedding.
std::optional<hub::RepoName> SpeakerEncoderFor(const KnownModels& known,
                                               const std::filesystem::path& lm_folder);

/// A model that speaks by one of these names, with its parts wherever they are: beside it, in the
/// cache as the table says, else as its configuration does.
model::ModelLookup LookupOf(const Catalogue& catalogue, const NamedModel& named,
                            const std::filesystem::path& lm_folder);

}  // namespace kani::models
