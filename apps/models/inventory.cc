#include "apps/models/inventory.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/read_file.h"

namespace kani::models {
namespace {

namespace fs = std::filesystem;
using model::ModelPart;

constexpr size_t kMaxCardBytes = 1u << 20;
constexpr size_t kMaxLicenseBytes = 100;

/// Bytes of all files below a folder, or of a file; links are followed.
uint64_t BytesBelow(const fs::path& path) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) return fs::file_size(path, error);
  uint64_t bytes = 0;
  for (fs::recursive_directory_iterator at(path, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code ignored;
    if (!fs::is_regular_file(at->path(), ignored)) continue;
    const uint64_t size = fs::file_size(at->path(), ignored);
    if (!ignored) bytes += size;
  }
  return bytes;
}

/// The value of `key: value` in the head of a card, without quotes; empty if there is none.
std::string HeadValue(std::string_view head, std::string_view key) {
  const std::string line = StrCat("\n", key, ":");
  const size_t at = head.find(line);
  if (at == std::string_view::npos) return "";
  size_t begin = at + line.size();
  size_t end = std::min(head.find('\n', begin), head.size());
  const auto trimmed = [&](char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '"' || c == '\'';
  };
  while (begin < end && trimmed(head[begin])) ++begin;
  while (begin < end && trimmed(head[end - 1])) --end;
  return std::string(head.substr(begin, std::min(end - begin, kMaxLicenseBytes)));
}

InventoryPart MakePart(const Catalogue& catalogue, ModelPart kind, const PartPlace& place) {
  InventoryPart part{.kind = kind, .place = place};
  part.located = Locate(catalogue.cache, place, kind);
  const fs::path here = part.located.snapshot ? part.located.snapshot->folder : part.located.path;
  if (!here.empty()) {
    part.bytes = BytesBelow(here);
    std::error_code error;
    part.license = CardLicense(fs::is_directory(here, error) ? here : here.parent_path());
  }
  if (place.repository) {
    if (const auto* known = catalogue.known.FindRepository(place.repository->id)) {
      if (part.license.empty()) part.license = known->license;
      part.terms = known->terms;
    }
  }
  return part;
}

std::optional<PartPlace> AsPlace(std::optional<hub::RepoName> repository) {
  if (!repository) return std::nullopt;
  return PartPlace{.repository = std::move(repository), .path = {}};
}

/// What lies on this machine as a folder: parts beside it come first.
InventoryModel FromPaths(const Catalogue& catalogue, std::string name,
                         const model::ModelLookup& lookup) {
  InventoryModel out{.name = std::move(name), .where = Where::kShipped};
  const auto folder = model::FindLanguageModel(lookup);
  if (!folder) return out;
  const auto add = [&](ModelPart kind, const fs::path& path) {
    out.parts.push_back(MakePart(catalogue, kind, {.repository = {}, .path = path}));
  };
  add(ModelPart::kLanguageModel, *folder);
  try {
    model::ModelLookup all = LookupOf(catalogue, {}, *folder);
    const model::ModelPaths paths = model::FindModel(all);
    add(ModelPart::kCodec, paths.codec);
    if (paths.speaker_encoder) add(ModelPart::kSpeakerEncoder, *paths.speaker_encoder);
  } catch (const Error&) {
    // Without a codec it is listed as what it is.
  }
  // The card of a packed model lies beside its parts.
  for (InventoryPart& part : out.parts) {
    if (part.license.empty()) part.license = CardLicense(folder->parent_path());
  }
  return out;
}

InventoryModel FromName(const Catalogue& catalogue, const NamedModel& named) {
  InventoryModel out{.name = named.name, .about = named.model.about};
  const PartPlace& lm = named.model.language_model;
  if (!lm.repository) out.where = Where::kFolder;
  const auto* known = lm.repository ? catalogue.known.FindRepository(lm.repository->id) : nullptr;
  out.parts.push_back(
      MakePart(catalogue, known == nullptr ? ModelPart::kLanguageModel : known->kind, lm));
  if (known != nullptr && known->kind != ModelPart::kLanguageModel) return out;
  const fs::path folder = out.parts[0].located.path;
  const auto add = [&](ModelPart kind, std::optional<PartPlace> place, auto by_config) {
    if (!place && !named.in_table) place = AsPlace(by_config(catalogue.known, folder));
    if (place) out.parts.push_back(MakePart(catalogue, kind, *place));
  };
  std::optional<PartPlace> codec = named.model.codec;
  if (!folder.empty()) {
    if (auto beside = model::CodecIn(folder)) codec = PartPlace{.repository = {}, .path = *beside};
  }
  add(ModelPart::kCodec, codec, &CodecFor);
  add(ModelPart::kSpeakerEncoder, named.model.speaker_encoder, &SpeakerEncoderFor);
  return out;
}

/// Names under which the commits of a repository are found: as the table says, by branch, by
/// commit.
std::vector<std::string> NamesOf(const Catalogue& catalogue, const hub::CachedRepo& repo) {
  std::vector<std::string> names;
  const auto* known = catalogue.known.Find(repo.id.text());
  const std::string base = known == nullptr ? repo.id.text() : known->first;
  const std::string usual =
      known == nullptr ? "main" : known->second.language_model.repository->revision;
  for (const hub::CachedCommit& commit : repo.commits) {
    if (commit.refs.empty()) names.push_back(StrCat(base, "@", commit.snapshot.commit));
    for (const std::string& ref : commit.refs) {
      names.push_back(ref == usual ? base : StrCat(base, "@", ref));
    }
  }
  return names;
}

}  // namespace

uint64_t InventoryModel::bytes() const {
  uint64_t sum = 0;
  for (const InventoryPart& part : parts) sum += part.bytes;
  return sum;
}

const InventoryPart* InventoryModel::Part(ModelPart kind) const {
  const auto found =
      std::find_if(parts.begin(), parts.end(), [&](const auto& part) { return part.kind == kind; });
  return found == parts.end() ? nullptr : &*found;
}

bool InventoryModel::speaks() const {
  const InventoryPart* lm = Part(ModelPart::kLanguageModel);
  const InventoryPart* codec = Part(ModelPart::kCodec);
  return lm != nullptr && lm->located.whole() && codec != nullptr && codec->located.whole();
}

bool InventoryModel::clones() const {
  const InventoryPart* encoder = Part(ModelPart::kSpeakerEncoder);
  return encoder != nullptr && encoder->located.whole();
}

std::optional<InventoryModel> FindInInventory(const Catalogue& catalogue,
                                              const std::vector<fs::path>& search_path,
                                              const std::string& name) {
  const std::vector<std::string> shipped = model::ListModels(search_path);
  if (std::find(shipped.begin(), shipped.end(), name) != shipped.end()) {
    return FromPaths(catalogue, name, {.model = name, .search_path = search_path});
  }
  const auto named = FindName(catalogue, name);
  if (!named) return std::nullopt;
  return FromName(catalogue, *named);
}

std::vector<InventoryModel> Inventory(const Catalogue& catalogue,
                                      const std::vector<fs::path>& search_path,
                                      const WarningSink& warn) {
  std::vector<InventoryModel> out;
  std::set<std::string> seen;
  const auto add = [&](InventoryModel model) {
    if (!model.parts.empty() && seen.insert(model.name).second) out.push_back(std::move(model));
  };
  for (const std::string& name : model::ListModels(search_path)) {
    add(FromPaths(catalogue, name, {.model = name, .search_path = search_path}));
  }
  for (const auto& [name, known] : catalogue.known.models) {
    InventoryModel model = FromName(catalogue, {.name = name, .in_table = true, .model = known});
    const LocatedPart& lm = model.parts[0].located;
    if (lm.whole() || lm.snapshot) add(std::move(model));
  }
  if (catalogue.cache.empty()) return out;
  for (const hub::RepoId& id : hub::CachedIds(catalogue.cache)) {
    const auto repo = hub::ReadRepo(catalogue.cache, id, warn);
    if (!repo) continue;
    for (const std::string& name : NamesOf(catalogue, *repo)) {
      const auto named = FindName(catalogue, name);
      if (!named) continue;
      InventoryModel model = FromName(catalogue, *named);
      // The cache is full of models of other kinds.
      const bool speech = named->in_table || CodecFor(catalogue.known, model.parts[0].located.path);
      if (speech && model.parts[0].kind == ModelPart::kLanguageModel) add(std::move(model));
    }
  }
  return out;
}

std::string CardLicense(const fs::path& folder) {
  std::string card;
  try {
    card = ReadTextFile(folder / "README.md", kMaxCardBytes);
  } catch (const Error&) {
    return "";
  }
  if (!card.starts_with("---\n")) return "";
  const std::string_view head = std::string_view(card).substr(0, card.find("\n---", 3));
  const std::string license = HeadValue(head, "license");
  const std::string name = license == "other" ? HeadValue(head, "license_name") : "";
  return name.empty() ? license : name;
}

}  // namespace kani::models
