#include "apps/models/model_names.h"

#include <utility>
#include <vector>

#include "base/error.h"
#include "model/lm_config.h"

namespace kani::models {
namespace {

namespace fs = std::filesystem;

/// "name@revision" apart; the revision is empty if there is none.
std::pair<std::string_view, std::string_view> Split(std::string_view name) {
  const size_t at = name.find('@');
  if (at == std::string_view::npos) return {name, {}};
  return {name.substr(0, at), name.substr(at + 1)};
}

/// Nothing for what cannot be one.
std::optional<hub::RepoName> AsRepository(std::string_view name) {
  try {
    return hub::ParseRepoName(name);
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// The repository in the cache whose id, or last part of it, is `name`.
std::optional<hub::RepoId> CachedByLastPart(const fs::path& cache, std::string_view name) {
  std::vector<hub::RepoId> found;
  for (const hub::RepoId& id : cache.empty() ? std::vector<hub::RepoId>{} : hub::CachedIds(cache)) {
    if (id.text() == name) return id;
    if (id.name() == name) found.push_back(id);
  }
  if (found.size() > 1) {
    std::string names;
    for (const hub::RepoId& id : found) names += (names.empty() ? "" : ", ") + id.text();
    Fail(ErrorCode::kInvalidArgument, "model ", Quoted(name), ": several are here: ", names);
  }
  if (found.empty()) return std::nullopt;
  return found[0];
}

bool IsFile(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

/// What `folder` lacks to be a part; empty if it is whole.
std::string MissingFile(const fs::path& folder, model::ModelPart kind) {
  if (kind == model::ModelPart::kCodec) return model::CodecIn(folder) ? "" : "*.nemo";
  if (!IsFile(folder / "config.json")) return "config.json";
  if (kind == model::ModelPart::kLanguageModel && !IsFile(folder / "tokenizer.json")) {
    return "tokenizer.json";
  }
  return model::HasWeights(folder) ? "" : "model.safetensors";
}

LocatedPart InFolder(const fs::path& folder, model::ModelPart kind) {
  LocatedPart part;
  part.missing = MissingFile(folder, kind);
  if (!part.missing.empty()) return part;
  part.path = kind == model::ModelPart::kCodec ? *model::CodecIn(folder) : folder;
  return part;
}

/// Nothing for a file that is no configuration of a model that speaks.
std::optional<model::LmConfig> Config(const fs::path& lm_folder) {
  try {
    return model::LoadLmConfig(lm_folder / "config.json");
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// The path of a part that is whole; nothing else.
std::optional<fs::path> PathOf(const fs::path& cache, const std::optional<PartPlace>& place,
                               model::ModelPart kind) {
  if (!place) return std::nullopt;
  const LocatedPart part = Locate(cache, *place, kind);
  if (!part.whole()) return std::nullopt;
  return part.path;
}

std::optional<PartPlace> AsPlace(std::optional<hub::RepoName> repository) {
  if (!repository) return std::nullopt;
  return PartPlace{.repository = std::move(repository), .path = {}};
}

}  // namespace

std::optional<NamedModel> FindName(const Catalogue& catalogue, std::string_view name) {
  const auto [base, revision] = Split(name);
  if (name.ends_with('@')) return std::nullopt;
  NamedModel named;
  if (const auto* known = catalogue.known.Find(base)) {
    named = {.name = known->first, .in_table = true, .model = known->second};
    if (revision.empty()) return named;
    // Another revision of the language model; a path has none.
    auto& repository = named.model.language_model.repository;
    const auto wanted = AsRepository(name);
    if (!repository || !wanted) return std::nullopt;
    repository->revision = wanted->revision;
    named.name = StrCat(named.name, "@", revision);
    return named;
  }
  auto repository = AsRepository(name);
  if (!repository) return std::nullopt;
  if (base.find('/') == std::string_view::npos) {
    const auto id = CachedByLastPart(catalogue.cache, base);
    if (!id) return std::nullopt;
    repository->id = *id;
  }
  named.name = repository->id.text();
  if (!revision.empty()) named.name += StrCat("@", revision);
  named.model.language_model.repository = std::move(repository);
  return named;
}

LocatedPart Locate(const fs::path& cache, const PartPlace& place, model::ModelPart kind) {
  if (!place.repository) {
    std::error_code error;
    if (!fs::is_regular_file(place.path, error)) return InFolder(place.path, kind);
    return {.path = place.path};
  }
  if (cache.empty()) return {.missing = "config.json"};
  auto snapshot = hub::FindSnapshot(cache, place.repository->id, place.repository->revision);
  LocatedPart part;
  if (!snapshot) {
    part.missing = kind == model::ModelPart::kCodec ? "*.nemo" : "config.json";
    return part;
  }
  part = InFolder(snapshot->folder, kind);
  part.snapshot = std::move(snapshot);
  return part;
}

std::optional<hub::RepoName> CodecFor(const KnownModels& known, const fs::path& lm_folder) {
  const auto config = Config(lm_folder);
  if (!config) return std::nullopt;
  return known.CodecFor(config->tokens.codebooks, config->tokens.codebook_size);
}

std::optional<hub::RepoName> SpeakerEncoderFor(const KnownModels& known,
                                               const fs::path& lm_folder) {
  const auto config = Config(lm_folder);
  if (!config) return std::nullopt;
  return known.SpeakerEncoderFor(config->speaker_emb_dim);
}

model::ModelLookup LookupOf(const Catalogue& catalogue, const NamedModel& named,
                            const fs::path& lm_folder) {
  const auto elsewhere = [&catalogue](const std::optional<PartPlace>& place, model::ModelPart kind,
                                      auto by_config) {
    return [&catalogue, place, kind, by_config](const fs::path& folder) {
      const auto wanted = place ? place : AsPlace(by_config(catalogue.known, folder));
      return PathOf(catalogue.cache, wanted, kind);
    };
  };
  model::ModelLookup lookup;
  lookup.model = lm_folder.string();
  lookup.codec_elsewhere = elsewhere(named.model.codec, model::ModelPart::kCodec, &CodecFor);
  lookup.speaker_encoder_elsewhere =
      elsewhere(named.model.speaker_encoder, model::ModelPart::kSpeakerEncoder, &SpeakerEncoderFor);
  return lookup;
}

}  // namespace kani::models
