// What a pull of a model brings: its repositories, each with what is missing here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/models/model_names.h"
#include "base/log.h"
#include "hub/pull.h"
#include "hub/settings.h"

namespace kani::cli {

struct PullOptions {
  std::string name;                  ///< "[org/]name[@revision]"
  std::string revision;              ///< instead of one in the name; empty = none
  std::vector<std::string> without;  ///< "codec", "speaker-encoder"
  /// Patterns of files; with them only the repository that is named is pulled.
  std::vector<std::string> include;
  bool verify = false;
  bool dry_run = false;
  bool offline = false;
  bool json = false;
  bool yes = false;
};

/// One repository of a model.
struct PartPlan {
  std::optional<model::ModelPart> kind;  ///< nothing for a repository that is no part we know
  hub::PullPlan plan;
  std::string license;  ///< as the card says, else as the table; empty = unknown
  std::string terms;    ///< where they are shown
  /// Why the hub was not asked, though it should have been; empty if it was.
  std::string from_cache_because;
  bool left_out = false;
};

struct ModelPlan {
  std::string name;     ///< finds the model once it is here
  bool speaks = false;  ///< has a language model and a codec
  std::vector<PartPlan> parts;

  /// Of the parts that are not left out.
  uint64_t total_bytes() const;
  uint64_t missing_bytes() const;
  bool complete() const;
};

/// The word for --without, reports and JSON: "language model", "codec", "speaker encoder".
std::string_view PartName(model::ModelPart kind);

/// Asks the hub about every part. Where it cannot be reached and a part is whole here, that one is
/// planned as it is. Throws Error with advice, kInvalidArgument for a name that is none.
ModelPlan PlanModel(const hub::Settings& settings, const models::Catalogue& catalogue,
                    const PullOptions& options, const hub::PullHooks& hooks);

}  // namespace kani::cli
