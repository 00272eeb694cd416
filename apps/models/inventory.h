// Every model on this machine: those that ship, the user's folders, and the cache of the hub.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/models/model_names.h"
#include "base/log.h"

namespace kani::models {

enum class Where {
  kShipped,  ///< in a folder of the search path
  kFolder,   ///< in a folder that the user's table names
  kCache,
};

/// One part of a model.
struct InventoryPart {
  model::ModelPart kind = model::ModelPart::kLanguageModel;
  PartPlace place;
  LocatedPart located;
  uint64_t bytes = 0;   ///< of the files that are here
  std::string license;  ///< as the card says, else as the table; empty = unknown
  std::string terms;    ///< address where they are shown; empty = unknown
};

struct InventoryModel {
  std::string name;  ///< by which it is found
  Where where = Where::kCache;
  std::string about;
  std::vector<InventoryPart> parts;  ///< language model first; those that it should have

  uint64_t bytes() const;
  const InventoryPart* Part(model::ModelPart kind) const;  ///< null if it needs none
  /// Whether language model and codec are here.
  bool speaks() const;
  /// Whether the speaker encoder is here.
  bool clones() const;
};

/// The model of that name with all its parts, here or not; nothing for a name that means none.
std::optional<InventoryModel> FindInInventory(const Catalogue& catalogue,
                                              const std::vector<std::filesystem::path>& search_path,
                                              const std::string& name);

/// All of which at least a part of the language model is here: shipped ones, those of the table,
/// then others in the cache that can speak.
std::vector<InventoryModel> Inventory(const Catalogue& catalogue,
                                      const std::vector<std::filesystem::path>& search_path,
                                      const WarningSink& warn);

/// `license` (or `license_name` where that is "other") in the head of the README.md of a folder;
/// empty if there is none.
std::string CardLicense(const std::filesystem::path& folder);

}  // namespace kani::models
