#include "apps/models/language_model.h"

#include "apps/models/model_names.h"
#include "apps/models/places.h"
#include "base/error.h"

namespace kani::models {

std::filesystem::path LanguageModelFolder(const std::string& name) {
  std::error_code error;
  if (std::filesystem::exists(name, error)) return name;
  if (const auto found =
          model::FindLanguageModel({.model = name, .search_path = ModelSearchPath()})) {
    return *found;
  }
  const Catalogue catalogue{.known = LoadKnownModels(), .cache = CacheFolder()};
  const auto named = FindName(catalogue, name);
  if (!named) {
    Fail(ErrorCode::kNotFound, "model ", Quoted(name),
         ": no such folder, and no name that 'kani models' lists");
  }
  const LocatedPart part =
      Locate(catalogue.cache, named->model.language_model, model::ModelPart::kLanguageModel);
  if (part.whole()) return part.path;
  if (!named->in_table && !part.snapshot) {
    Fail(ErrorCode::kNotFound, "model ", Quoted(name),
         ": no such folder, and no repository of that name was pulled ('kani pull ", named->name,
         "')");
  }
  Fail(ErrorCode::kNotFound, "model ", Quoted(name), ": ", part.missing,
       " is not here: run 'kani pull ", named->name, "'");
}

}  // namespace kani::models
