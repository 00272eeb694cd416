#include "model/model_folder.h"

#include <algorithm>
#include <set>

#include "base/atomic_file.h"
#include "base/error.h"
#include "formats/json.h"
#include "formats/safetensors.h"

namespace kani::model {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxConfigBytes = 1u << 20;
constexpr size_t kMaxIndexBytes = size_t{64} << 20;
// "Beside the model" may be any folder; only this many of its entries are looked at.
constexpr size_t kMaxEntries = 10'000;

bool IsFile(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

bool IsFolder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

/// Absolute and without "." or a slash at the end, so that it has a parent. Links are kept: a model
/// cache links to files that lie elsewhere under other names.
fs::path Cleaned(const fs::path& path) {
  const fs::path out = fs::absolute(path).lexically_normal();
  return out.has_filename() ? out : out.parent_path();
}

/// Entries by name; none if `folder` cannot be read.
std::vector<fs::path> Entries(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (out.size() == kMaxEntries) break;
    out.push_back(at->path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string Listed(const std::vector<fs::path>& paths) {
  std::string out;
  for (const fs::path& path : paths) out += (out.empty() ? "" : ", ") + Quoted(path.string());
  return out;
}

/// Weights, perhaps not all of them.
bool LooksLikeWeights(const fs::path& folder) {
  return IsFile(folder / "model.safetensors") || IsFile(folder / "model.safetensors.index.json") ||
         IsFile(folder / "pytorch_model.bin");
}

/// The model_type of a folder's config.json, "" if there is none or it cannot be read.
std::string ModelType(const fs::path& folder) {
  const fs::path config = folder / "config.json";
  if (!IsFile(config)) return "";
  try {
    const std::string source = Quoted(config.string());
    const nlohmann::json json = formats::ParseJson(ReadTextFile(config, kMaxConfigBytes), source);
    return formats::JsonReader(json, source).OptionalString("model_type").value_or("");
  } catch (const Error&) {
    return "";  // a stranger's folder beside the model
  }
}

bool IsSpeakerEncoder(const fs::path& folder) {
  return ModelType(folder) == "wavlm" && LooksLikeWeights(folder);
}

bool IsLanguageModel(const fs::path& folder) {
  return IsFile(folder / "config.json") && LooksLikeWeights(folder) && !IsSpeakerEncoder(folder);
}

/// The folder itself or `lm` below it.
std::optional<fs::path> LanguageModelIn(const fs::path& folder) {
  for (const fs::path& candidate : {folder, folder / "lm"}) {
    if (IsLanguageModel(candidate)) return candidate;
  }
  return std::nullopt;
}

bool IsPlainName(const std::string& model) {
  return !model.empty() && model.find('/') == std::string::npos && model != "." && model != "..";
}

/// Where the language model may be, in this order.
std::vector<fs::path> Candidates(const ModelLookup& lookup) {
  std::vector<fs::path> folders;
  if (IsPlainName(lookup.model)) {
    for (const fs::path& folder : lookup.search_path) folders.push_back(folder / lookup.model);
  }
  const fs::path given(lookup.model);
  if (IsFile(given)) {
    folders.push_back(Cleaned(given).parent_path());
  } else if (!lookup.model.empty()) {
    folders.push_back(Cleaned(given));
  }
  return folders;
}

/// A cache that was copied without what its links name looks like an empty folder otherwise.
void RejectLinksToNothing(const fs::path& folder) {
  for (const fs::path& entry : Entries(folder)) {
    std::error_code error;
    if (!fs::is_symlink(entry, error) || fs::exists(entry, error)) continue;
    throw ModelPartError(ModelPart::kLanguageModel, ErrorCode::kNotFound,
                         StrCat(Quoted(entry.string()), ": is a link to ",
                                Quoted(fs::read_symlink(entry, error).string()),
                                ", where nothing is: the files of a snapshot lie in blobs/ of the "
                                "same repository and are copied with it"));
  }
}

fs::path LanguageModelOrThrow(const ModelLookup& lookup) {
  if (const auto found = FindLanguageModel(lookup)) return *found;
  const std::vector<fs::path> looked = Candidates(lookup);
  for (const fs::path& folder : looked) RejectLinksToNothing(folder);
  std::string known;
  for (const std::string& name : ListModels(lookup.search_path)) known += " " + name;
  throw ModelPartError(ModelPart::kLanguageModel, ErrorCode::kNotFound,
                       StrCat("model ", Quoted(lookup.model),
                              ": no config.json with weights, nor lm/ with them, in ",
                              Listed(looked), "; known names:", known.empty() ? " none" : known));
}

fs::path FindCodec(const ModelLookup& lookup, const std::vector<fs::path>& places) {
  const std::string& given = lookup.codec;
  if (!given.empty()) {
    if (IsFile(given)) return Cleaned(given);
    if (const auto found = CodecIn(Cleaned(given))) return *found;
    throw ModelPartError(ModelPart::kCodec, ErrorCode::kNotFound,
                         StrCat("codec ", Quoted(given), ": expected a .nemo file"));
  }
  for (const fs::path& place : places) {
    if (const auto found = CodecIn(place)) return *found;
  }
  if (lookup.codec_elsewhere) {
    if (const auto found = lookup.codec_elsewhere(places[0])) return *found;
  }
  throw ModelPartError(
      ModelPart::kCodec, ErrorCode::kNotFound,
      StrCat("no codec: looked for codec.nemo or another .nemo file in ", Listed(places)));
}

/// `speaker`, else the only folder with a WavLM in it.
std::optional<fs::path> SpeakerEncoderIn(const fs::path& folder) {
  if (IsFile(folder / "speaker/config.json")) return folder / "speaker";
  std::vector<fs::path> found = Entries(folder);
  std::erase_if(found, [](const fs::path& path) { return !IsSpeakerEncoder(path); });
  if (found.size() > 1) {
    throw ModelPartError(
        ModelPart::kSpeakerEncoder, ErrorCode::kInvalidArgument,
        StrCat("several speaker encoders in ", Quoted(folder.string()), ": ", Listed(found)));
  }
  if (found.empty()) return std::nullopt;
  return found[0];
}

std::optional<fs::path> FindSpeakerEncoder(const ModelLookup& lookup,
                                           const std::vector<fs::path>& places) {
  const std::string& given = lookup.speaker_encoder;
  if (!given.empty()) {
    const fs::path folder = IsFile(given) ? Cleaned(given).parent_path() : Cleaned(given);
    if (IsFile(folder / "config.json")) return folder;
    throw ModelPartError(ModelPart::kSpeakerEncoder, ErrorCode::kNotFound,
                         StrCat("speaker encoder ", Quoted(given),
                                ": expected a folder with config.json and weights"));
  }
  for (const fs::path& place : places) {
    if (auto found = SpeakerEncoderIn(place)) return found;
  }
  if (lookup.speaker_encoder_elsewhere) return lookup.speaker_encoder_elsewhere(places[0]);
  return std::nullopt;
}

}  // namespace

bool HasWeights(const fs::path& folder) {
  if (IsFile(folder / "model.safetensors") || IsFile(folder / "pytorch_model.bin")) return true;
  const fs::path index = folder / "model.safetensors.index.json";
  if (!IsFile(index)) return false;
  const auto files =
      formats::ParseSafetensorsIndex(ReadTextFile(index, kMaxIndexBytes), Quoted(index.string()));
  return std::all_of(files.begin(), files.end(),
                     [&](const auto& entry) { return IsFile(folder / entry.second); });
}

std::optional<fs::path> CodecIn(const fs::path& folder) {
  if (IsFile(folder / "codec.nemo")) return folder / "codec.nemo";
  std::vector<fs::path> found = Entries(folder);
  std::erase_if(found,
                [](const fs::path& path) { return path.extension() != ".nemo" || !IsFile(path); });
  if (found.size() > 1) {
    throw ModelPartError(
        ModelPart::kCodec, ErrorCode::kInvalidArgument,
        StrCat("several codecs in ", Quoted(folder.string()), ": ", Listed(found)));
  }
  if (found.empty()) return std::nullopt;
  return found[0];
}

std::optional<fs::path> FindLanguageModel(const ModelLookup& lookup) {
  for (const fs::path& folder : Candidates(lookup)) {
    if (const auto found = LanguageModelIn(folder)) return Cleaned(*found);
  }
  return std::nullopt;
}

ModelPaths FindModel(const ModelLookup& lookup) {
  ModelPaths out;
  out.lm_folder = LanguageModelOrThrow(lookup);
  out.tokenizer = out.lm_folder / "tokenizer.json";
  if (!IsFile(out.tokenizer)) {
    Fail(ErrorCode::kNotFound, Quoted(out.tokenizer.string()), ": is missing");
  }
  const std::vector<fs::path> places{out.lm_folder, out.lm_folder.parent_path()};
  out.codec = FindCodec(lookup, places);
  out.speaker_encoder = FindSpeakerEncoder(lookup, places);
  for (const fs::path& place : places) {
    if (!out.voices && IsFolder(place / "voices")) out.voices = place / "voices";
  }
  return out;
}

std::vector<std::string> ListModels(const std::vector<fs::path>& search_path) {
  std::set<std::string> names;
  for (const fs::path& folder : search_path) {
    for (const fs::path& entry : Entries(folder)) {
      if (LanguageModelIn(entry)) names.insert(entry.filename().string());
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace kani::model
