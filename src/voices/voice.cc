#include "voices/voice.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/atomic_file.h"
#include "base/dtype.h"
#include "base/error.h"
#include "base/read_file.h"
#include "formats/json.h"
#include "formats/misplaced.h"
#include "formats/npy.h"
#include "formats/safetensors.h"
#include "formats/torch_checkpoint.h"

namespace kani::voices {
namespace {

constexpr int64_t kMaxEmbeddingSize = 4096;
// A collection of ten thousand voices as text.
constexpr size_t kMaxFileBytes = 16u << 20;
constexpr size_t kMaxNameBytes = 200;
constexpr double kNormTolerance = 0.01;
// Far beyond what any mean or mix of voices has; a row this large drowns the prompt.
constexpr double kMaxNorm = 100;
constexpr std::string_view kCollectionName = "voices.json";
constexpr std::string_view kNotePrefix = "note:";

void CheckName(std::string_view name, const std::string& source) {
  if (!IsVoiceName(name)) {
    Fail(ErrorCode::kInvalidFile, source, ": voice name ", Quoted(name), ", expected 1 to ",
         kMaxNameBytes, " bytes of UTF-8 without control characters, slashes or a leading dot");
  }
}

double Norm(std::span<const float> embedding) {
  double sum = 0;
  for (const float value : embedding) sum += static_cast<double>(value) * value;
  return std::sqrt(sum);
}

/// What every format has in common: size and values.
void CheckEmbedding(const Voice& voice, int64_t embedding_size, const std::string& where,
                    const WarningSink& warn) {
  const auto size = static_cast<int64_t>(voice.embedding.size());
  if (size < 1 || size > kMaxEmbeddingSize || (embedding_size != 0 && size != embedding_size)) {
    Fail(ErrorCode::kInvalidFile, where, ": embedding of ", size, " values, expected ",
         embedding_size != 0 ? StrCat(embedding_size) : StrCat("1 to ", kMaxEmbeddingSize));
  }
  for (int64_t i = 0; i < size; ++i) {
    const float value = voice.embedding[static_cast<size_t>(i)];
    if (!std::isfinite(value)) {
      Fail(ErrorCode::kInvalidFile, where, ": embedding value ", i, " is ", value,
           ", expected finite numbers");
    }
  }
  const double norm = Norm(voice.embedding);
  if (norm == 0) Fail(ErrorCode::kInvalidFile, where, ": embedding is all zero");
  if (norm > kMaxNorm) {
    Fail(ErrorCode::kInvalidFile, where, ": embedding has length ", norm, ", expected at most ",
         kMaxNorm, " (voices of an encoder have 1)");
  }
  if (std::abs(norm - 1) > kNormTolerance) {
    Warn(warn, StrCat(where, ": embedding has length ", norm, ", voices of an encoder have 1"));
  }
}

/// Accepts [D] and [1, D].
void CheckShape(std::span<const int64_t> shape, const std::string& source) {
  const bool is_row = shape.size() == 2 && shape[0] == 1;
  if ((shape.size() != 1 && !is_row) || shape.back() > kMaxEmbeddingSize) {
    Fail(ErrorCode::kInvalidFile, source, ": embedding of shape ", ShapeString(shape),
         ", expected [D] or [1, D] with D at most ", kMaxEmbeddingSize);
  }
}

std::vector<float> OnlyTensor(const formats::TensorStore& store, const std::string& source) {
  if (store.tensors().size() != 1) {
    Fail(ErrorCode::kInvalidFile, source, ": ", store.tensors().size(),
         " tensors, expected one, the embedding");
  }
  const TensorView& view = store.tensors().begin()->second;
  CheckShape(view.shape, source);
  if (view.dtype != DType::kF32 && view.dtype != DType::kF16 && view.dtype != DType::kBF16) {
    Fail(ErrorCode::kInvalidFile, source, ": embedding of type ", DTypeName(view.dtype),
         ", expected floating point");
  }
  return view.Floats();
}

std::vector<float> NumbersOf(const nlohmann::json& value, const std::string& source) {
  const bool is_row = value.is_array() && value.size() == 1 && value[0].is_array();
  const nlohmann::json& numbers = is_row ? value[0] : value;
  const auto is_number = [](const nlohmann::json& element) { return element.is_number(); };
  if (!numbers.is_array() || numbers.size() > kMaxEmbeddingSize ||
      !std::all_of(numbers.begin(), numbers.end(), is_number)) {
    Fail(ErrorCode::kInvalidFile, source, ": embedding is not an array of at most ",
         kMaxEmbeddingSize, " numbers");
  }
  std::vector<float> out;
  for (const nlohmann::json& number : numbers) {
    out.push_back(DoubleToFloat(number.get<double>()));  // infinity is refused later
  }
  return out;
}

/// Says what a file with the voices of a collection is when it is given as one voice.
void RejectCollection(const nlohmann::json& json, const std::string& source) {
  if (!json.is_object() || json.empty() || json.contains("embedding")) return;
  constexpr int kShown = 20;
  std::string names;
  int count = 0;
  for (const auto& [name, value] : json.items()) {
    const bool is_voice = value.is_array() || (value.is_object() && value.contains("embedding"));
    if (!is_voice) return;
    if (++count <= kShown) names += StrCat(count > 1 ? ", " : "", Quoted(name));
  }
  Fail(ErrorCode::kInvalidFile, source, ": holds ", count, " voices, expected one: ", names,
       count > kShown ? ", ..." : "", "; as ", kCollectionName,
       " in your folder of voices each goes by its name");
}

/// Fills a voice from [floats] or {embedding, name, language, notes}.
void ReadJsonVoice(const nlohmann::json& json, const std::string& source, Voice& voice) {
  if (json.is_array()) {
    voice.embedding = NumbersOf(json, source);
    return;
  }
  const formats::JsonReader reader(json, source);
  voice.embedding = NumbersOf(reader.Array("embedding"), source);
  voice.name = reader.OptionalString("name").value_or(voice.name);
  voice.language = reader.OptionalString("language").value_or("");
  voice.is_default = reader.OptionalBool("default").value_or(false);
  if (!reader.Has("notes")) return;
  const formats::JsonReader notes(reader.Object("notes"), source + ": notes");
  for (const auto& [key, value] : reader.Object("notes").items()) {
    voice.notes[key] = notes.String(key);
  }
}

nlohmann::json JsonVoice(const Voice& voice) {
  nlohmann::json out = {{"name", voice.name}, {"embedding", voice.embedding}};
  if (!voice.language.empty()) out["language"] = voice.language;
  if (voice.is_default) out["default"] = true;
  if (!voice.notes.empty()) out["notes"] = voice.notes;
  return out;
}

void ReadMetadata(const formats::TensorStore& store, Voice& voice) {
  for (const auto& [key, value] : store.metadata()) {
    if (key == "name") voice.name = value;
    if (key == "language") voice.language = value;
    if (key == "default") voice.is_default = value == "true";
    if (key.starts_with(kNotePrefix)) voice.notes[key.substr(kNotePrefix.size())] = value;
  }
}

std::map<std::string, std::string> Metadata(const Voice& voice) {
  std::map<std::string, std::string> out{{"name", voice.name}};
  if (!voice.language.empty()) out["language"] = voice.language;
  if (voice.is_default) out["default"] = "true";
  for (const auto& [key, value] : voice.notes) out[StrCat(kNotePrefix, key)] = value;
  return out;
}

std::string_view TextOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

bool IsVoiceName(std::string_view name) {
  const auto is_unsafe = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '/' || c == '\\';
  };
  return !name.empty() && name.size() <= kMaxNameBytes && name.front() != '.' &&
         formats::IsUtf8(name) && std::none_of(name.begin(), name.end(), is_unsafe);
}

bool IsVoiceExtension(std::string_view extension) {
  return extension == ".safetensors" || extension == ".json" || extension == ".npy" ||
         extension == ".pt";
}

Voice ParseVoice(std::span<const std::byte> bytes, std::string_view extension, std::string name,
                 int64_t embedding_size, const std::string& source, const WarningSink& warn) {
  if (!IsVoiceExtension(extension)) {
    Fail(ErrorCode::kUnsupported, source, ": voices are .safetensors, .json, .npy or .pt, not ",
         Quoted(extension));
  }
  formats::RejectMisplaced(bytes, source);
  Voice voice;
  voice.name = std::move(name);
  if (extension == ".safetensors") {
    const auto store = formats::ParseSafetensors(bytes, source);
    voice.embedding = OnlyTensor(*store, source);
    ReadMetadata(*store, voice);
  } else if (extension == ".json") {
    const nlohmann::json json = formats::ParseJson(TextOf(bytes), source);
    RejectCollection(json, source);
    ReadJsonVoice(json, source, voice);
  } else if (extension == ".npy") {
    formats::NpyArray array = formats::ParseNpy(bytes, source);
    CheckShape(array.shape, source);
    voice.embedding = std::move(array.values);
  } else {
    voice.embedding = OnlyTensor(*formats::ParseTorchCheckpoint(bytes, source), source);
  }
  CheckName(voice.name, source);
  CheckEmbedding(voice, embedding_size, source, warn);
  return voice;
}

Voice LoadVoice(const std::filesystem::path& path, int64_t embedding_size,
                const WarningSink& warn) {
  return ParseVoice(ReadBinaryFile(path, kMaxFileBytes), path.extension().string(),
                    path.stem().string(), embedding_size, Quoted(path.string()), warn);
}

std::vector<Voice> ParseVoiceCollection(std::string_view json, int64_t embedding_size,
                                        const std::string& source, const WarningSink& warn) {
  std::vector<Voice> voices;
  std::set<std::string> names;
  formats::ForEachMember(json, source, [&](const std::string& name, const nlohmann::json& value) {
    CheckName(name, source);
    const std::string where = StrCat(source, ": voice ", Quoted(name));
    if (!names.insert(name).second) Fail(ErrorCode::kInvalidFile, where, " occurs twice");
    Voice voice;
    ReadJsonVoice(value, where, voice);
    voice.name = name;
    CheckEmbedding(voice, embedding_size, where, warn);
    voices.push_back(std::move(voice));
  });
  return voices;
}

std::vector<Voice> LoadVoiceCollection(const std::filesystem::path& path, int64_t embedding_size,
                                       const WarningSink& warn) {
  return ParseVoiceCollection(ReadTextFile(path, kMaxFileBytes), embedding_size,
                              Quoted(path.string()), warn);
}

void SaveVoice(const Voice& voice, const std::filesystem::path& path) {
  CheckName(voice.name, Quoted(path.string()));
  bool is_text = formats::IsUtf8(voice.language);
  for (const auto& [key, value] : voice.notes)
    is_text = is_text && formats::IsUtf8(key) && formats::IsUtf8(value);
  if (!is_text) {
    Fail(ErrorCode::kInvalidArgument, "voice ", Quoted(voice.name),
         ": language and notes must be UTF-8");
  }
  const std::string extension = path.extension().string();
  if (extension == ".safetensors") {
    const formats::NamedTensor tensor = formats::FloatTensor(
        "embedding", {static_cast<int64_t>(voice.embedding.size())}, voice.embedding);
    formats::WriteSafetensors(path, std::span(&tensor, 1), Metadata(voice), NewFileMode::kPrivate);
  } else if (extension == ".json" || extension == ".npy") {
    const std::string text =
        extension == ".json" ? JsonVoice(voice).dump() + "\n" : formats::WriteNpy(voice.embedding);
    WriteFileAtomically(path, std::as_bytes(std::span(text)), NewFileMode::kPrivate);
  } else {
    Fail(ErrorCode::kUnsupported, Quoted(path.string()),
         ": voices are written as .safetensors, .json or .npy, not ", Quoted(extension));
  }
}

bool IsVoiceCollection(const std::filesystem::path& path) {
  return path.filename() == kCollectionName;
}

bool IsVoiceFile(const std::filesystem::path& path) {
  std::error_code error;
  return !path.filename().string().starts_with('.') &&
         IsVoiceExtension(path.extension().string()) &&
         std::filesystem::is_regular_file(path, error);
}

std::vector<Voice> LoadVoiceFile(const std::filesystem::path& path, int64_t embedding_size,
                                 const WarningSink& warn) {
  if (IsVoiceCollection(path)) return LoadVoiceCollection(path, embedding_size, warn);
  return {LoadVoice(path, embedding_size, warn)};
}

std::vector<Voice> LoadVoiceFolder(const std::filesystem::path& folder, int64_t embedding_size,
                                   const WarningSink& warn) {
  std::error_code error;
  std::filesystem::directory_iterator files(folder, error);
  if (error) {
    Fail(error == std::errc::no_such_file_or_directory ? ErrorCode::kNotFound : ErrorCode::kIo,
         Quoted(folder.string()), ": ", error.message());
  }
  std::vector<Voice> voices;
  for (const std::filesystem::directory_entry& file : files) {
    if (!IsVoiceFile(file.path())) continue;
    for (Voice& voice : LoadVoiceFile(file.path(), embedding_size, warn)) {
      voices.push_back(std::move(voice));
    }
  }
  std::sort(voices.begin(), voices.end(),
            [](const Voice& a, const Voice& b) { return a.name < b.name; });
  const auto twice =
      std::adjacent_find(voices.begin(), voices.end(),
                         [](const Voice& a, const Voice& b) { return a.name == b.name; });
  if (twice != voices.end()) {
    Fail(ErrorCode::kInvalidFile, Quoted(folder.string()), ": voice ", Quoted(twice->name),
         " occurs twice");
  }
  return voices;
}

}  // namespace kani::voices
