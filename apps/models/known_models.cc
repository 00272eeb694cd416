#include "apps/models/known_models.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/nearest.h"
#include "formats/json.h"

namespace kani::models {
namespace {

using formats::JsonReader;

constexpr size_t kMaxTextBytes = 1000;
constexpr int64_t kMaxBytes = int64_t{1} << 50;
constexpr int64_t kMaxCodebooks = 64, kMaxCodebookSize = 65'536, kMaxEmbeddingSize = 4096;

constexpr std::array<std::pair<std::string_view, model::ModelPart>, 3> kKinds = {
    {{"language model", model::ModelPart::kLanguageModel},
     {"codec", model::ModelPart::kCodec},
     {"speaker encoder", model::ModelPart::kSpeakerEncoder}}};

/// A misspelt key would silently do nothing.
void RejectUnknownKeys(const nlohmann::json& object, const std::string& source,
                       const std::vector<std::string>& known) {
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    Fail(ErrorCode::kInvalidFile, source, ": unknown key ", Quoted(key), ", the nearest known is ",
         Nearest(key, known));
  }
}

/// Text for one line of a terminal; "" if it is not there.
std::string Text(const JsonReader& reader, std::string_view key) {
  const std::string text = reader.OptionalString(key).value_or("");
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F;
  });
  if (!plain || text.size() > kMaxTextBytes) {
    Fail(ErrorCode::kInvalidFile, reader.source(), ": ", key, ": expected one line of at most ",
         kMaxTextBytes, " bytes, found ", Quoted(text));
  }
  return text;
}

/// What names of repositories and models must be is told by the hub's own rules.
template <typename Parse>
auto Checked(const std::string& source, const Parse& parse) {
  try {
    return parse();
  } catch (const Error& error) {
    Fail(ErrorCode::kInvalidFile, source, ": ", error.what());
  }
}

KnownRepository ParseRepository(const nlohmann::json& json, const std::string& source) {
  const JsonReader reader(json, source);
  RejectUnknownKeys(
      json, source,
      {"kind", "bytes", "license", "terms", "codebooks", "codebook_size", "embedding_size"});
  KnownRepository out;
  const std::string kind = reader.String("kind");
  const auto* found = std::find_if(kKinds.begin(), kKinds.end(),
                                   [&](const auto& entry) { return entry.first == kind; });
  if (found == kKinds.end()) {
    Fail(ErrorCode::kInvalidFile, source,
         ": kind: expected language model, codec or speaker encoder, found ", Quoted(kind));
  }
  out.kind = found->second;
  out.bytes = static_cast<uint64_t>(reader.OptionalInt("bytes", 0, kMaxBytes).value_or(0));
  out.license = Text(reader, "license");
  out.terms = Text(reader, "terms");
  if (!out.terms.empty() && !out.terms.starts_with("https://")) {
    Fail(ErrorCode::kInvalidFile, source, ": terms: expected an https address, found ",
         Quoted(out.terms));
  }
  if (out.kind == model::ModelPart::kCodec) {
    out.codebooks = reader.Int("codebooks", 1, kMaxCodebooks);
    out.codebook_size = reader.Int("codebook_size", 1, kMaxCodebookSize);
  }
  if (out.kind == model::ModelPart::kSpeakerEncoder) {
    out.embedding_size = reader.Int("embedding_size", 1, kMaxEmbeddingSize);
  }
  return out;
}

PartPlace ParsePlace(const std::string& text, const std::string& source,
                     const std::filesystem::path& home) {
  if (text.starts_with('/')) return {.repository = {}, .path = text};
  if (text.starts_with("~/")) {
    if (home.empty())
      Fail(ErrorCode::kInvalidFile, source, ": ", Quoted(text), ": HOME is not set");
    return {.repository = {}, .path = home / text.substr(2)};
  }
  return {.repository = Checked(source, [&] { return hub::ParseRepoName(text); }), .path = {}};
}

KnownModel ParseModel(const nlohmann::json& json, const std::string& source,
                      const std::filesystem::path& home) {
  const JsonReader reader(json, source);
  RejectUnknownKeys(json, source, {"about", "language_model", "codec", "speaker_encoder"});
  const auto place = [&](std::string_view key) -> std::optional<PartPlace> {
    const std::string text = Text(reader, key);
    if (text.empty()) return std::nullopt;
    return ParsePlace(text, StrCat(source, ": ", key), home);
  };
  reader.String("language_model");
  const std::optional<PartPlace> language_model = place("language_model");
  if (!language_model) Fail(ErrorCode::kInvalidFile, source, ": language_model: is empty");
  return {.about = Text(reader, "about"),
          .language_model = *language_model,
          .codec = place("codec"),
          .speaker_encoder = place("speaker_encoder")};
}

/// The member `key` of the table with as many entries as it may have; an empty object without it.
const nlohmann::json& Entries(const JsonReader& reader, std::string_view key) {
  static const nlohmann::json kNone = nlohmann::json::object();
  if (!reader.Has(key)) return kNone;
  const nlohmann::json& entries = reader.Object(key);
  if (entries.size() > kMaxTableEntries) {
    Fail(ErrorCode::kInvalidFile, reader.source(), ": ", key, ": ", entries.size(),
         " entries, expected at most ", kMaxTableEntries);
  }
  return entries;
}

/// The first repository of a kind that `fits`.
template <typename Fits>
std::optional<hub::RepoName> FirstRepository(const KnownModels& known, const Fits& fits) {
  for (const auto& [name, repository] : known.repositories) {
    if (fits(repository)) return hub::RepoName{.id = hub::RepoId::Parse(name)};
  }
  return std::nullopt;
}

}  // namespace

const std::pair<const std::string, KnownModel>* KnownModels::Find(std::string_view name) const {
  if (const auto found = models.find(name); found != models.end()) return &*found;
  for (const auto& entry : models) {
    const auto& repository = entry.second.language_model.repository;
    if (repository && repository->id.text() == name) return &entry;
  }
  return nullptr;
}

const KnownRepository* KnownModels::FindRepository(const hub::RepoId& id) const {
  const auto found = repositories.find(id.text());
  return found == repositories.end() ? nullptr : &found->second;
}

std::optional<hub::RepoName> KnownModels::CodecFor(int64_t codebooks, int64_t codebook_size) const {
  return FirstRepository(*this, [&](const KnownRepository& repository) {
    return repository.kind == model::ModelPart::kCodec && repository.codebooks == codebooks &&
           repository.codebook_size == codebook_size;
  });
}

std::optional<hub::RepoName> KnownModels::SpeakerEncoderFor(int64_t embedding_size) const {
  return FirstRepository(*this, [&](const KnownRepository& repository) {
    return repository.kind == model::ModelPart::kSpeakerEncoder &&
           repository.embedding_size == embedding_size;
  });
}

void KnownModels::Add(KnownModels others) {
  for (auto& [name, entry] : others.models) models.insert_or_assign(name, std::move(entry));
  for (auto& [name, entry] : others.repositories) {
    repositories.insert_or_assign(name, std::move(entry));
  }
}

KnownModels ParseKnownModels(std::string_view json, const std::string& source,
                             const std::filesystem::path& home) {
  const nlohmann::json table = formats::ParseJson(json, source);
  const JsonReader reader(table, source);
  RejectUnknownKeys(table, source, {"version", "repositories", "models"});
  const int64_t version = reader.OptionalInt("version", 0, 1'000'000).value_or(1);
  if (version != 1) {
    Fail(ErrorCode::kUnsupported, source, ": version ", version, ", this program reads 1");
  }
  KnownModels out;
  for (const auto& [name, entry] : Entries(reader, "repositories").items()) {
    const std::string place = StrCat(source, ": repositories: ", Quoted(name));
    const hub::RepoId id = Checked(place, [&name = name] { return hub::RepoId::Parse(name); });
    out.repositories.emplace(id.text(), ParseRepository(entry, place));
  }
  for (const auto& [name, entry] : Entries(reader, "models").items()) {
    const std::string place = StrCat(source, ": models: ", Quoted(name));
    // A short name is typed where repositories and folders are, too.
    const hub::RepoId id = Checked(place, [&name = name] { return hub::RepoId::Parse(name); });
    if (id.text() != id.name()) Fail(ErrorCode::kInvalidFile, place, ": a name has no slash");
    out.models.emplace(name, ParseModel(entry, place, home));
  }
  return out;
}

}  // namespace kani::models
