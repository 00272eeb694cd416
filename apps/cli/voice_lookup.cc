#include "voice_lookup.h"

#include <algorithm>
#include <cctype>
#include <tuple>

#include "base/atomic_file.h"
#include "base/error.h"
#include "console.h"
#include "model_options.h"
#include "text/normalizer.h"

namespace kani::cli {
namespace {

constexpr size_t kMaxNameLength = 64;

bool IsNameCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
}

void AddUserVoices(const std::filesystem::path& file, const WarningSink& warn,
                   std::vector<KnownVoice>& voices) {
  for (model::Voice& voice : model::LoadVoiceFile(file, 0, warn)) {
    if (!model::IsVoiceCollection(file)) {
      voice.name = file.stem().string();  // what `remove` and `--voice` go by
      if (!model::IsVoiceName(voice.name)) {
        Fail(ErrorCode::kInvalidFile, Quoted(file.string()), ": cannot be the name of a voice");
      }
    }
    voices.push_back({std::move(voice), file});
  }
}

}  // namespace

bool IsNewName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameLength && name.front() != '-' &&
         std::ranges::all_of(name, IsNameCharacter);
}

std::vector<KnownVoice> UserVoices(const std::filesystem::path& folder, const WarningSink& warn) {
  std::vector<KnownVoice> voices;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
    if (!model::IsVoiceFile(entry.path())) continue;
    try {
      AddUserVoices(entry.path(), warn, voices);
    } catch (const Error& error) {
      Warn(warn, error.what());
    }
  }
  // A file of its own before the same name in voices.json.
  std::ranges::sort(voices, {}, [](const KnownVoice& known) {
    return std::tuple(known.voice.name, model::IsVoiceCollection(known.user_file), known.user_file);
  });
  std::vector<KnownVoice> distinct;
  for (KnownVoice& known : voices) {
    if (distinct.empty() || distinct.back().voice.name != known.voice.name) {
      distinct.push_back(std::move(known));
    } else {
      Warn(warn,
           StrCat(Quoted(known.user_file.string()), ": voice ", Quoted(known.voice.name),
                  " is skipped, that of ", Quoted(distinct.back().user_file.string()), " is used"));
    }
  }
  return distinct;
}

std::vector<KnownVoice> AllVoices(const std::optional<std::filesystem::path>& model_folder,
                                  int64_t embedding_size, const WarningSink& warn) {
  std::vector<KnownVoice> voices = UserVoices(UserVoiceFolder(), warn);
  if (!model_folder) return voices;
  const auto of_model = model::LoadVoiceFolder(*model_folder, embedding_size, warn);
  for (size_t i = 0; i < of_model.size(); ++i) {
    const model::Voice& voice = of_model[i];
    const bool hidden = std::ranges::any_of(
        voices, [&](const KnownVoice& known) { return known.voice.name == voice.name; });
    if (!hidden) voices.push_back({voice, {}, DefaultVoice(of_model, voice.language) == i});
  }
  return voices;
}

const KnownVoice& FindVoice(std::span<const KnownVoice> voices, std::string_view name,
                            std::string_view whose) {
  std::string names;
  for (const KnownVoice& known : voices) {
    if (known.voice.name == name) return known;
    names += (names.empty() ? "" : ", ") + known.voice.name;
  }
  Fail(ErrorCode::kNotFound, "no voice ", Quoted(name), whose, ": there is ",
       names.empty() ? "none" : names);
}

std::optional<size_t> DefaultVoice(std::span<const model::Voice> voices, std::string_view tag) {
  if (voices.empty()) return {};
  const auto first = [&](auto fits) -> std::optional<size_t> {
    std::optional<size_t> found;
    for (size_t i = 0; i < voices.size(); ++i) {
      if (!fits(voices[i])) continue;
      if (voices[i].is_default) return i;
      if (!found) found = i;
    }
    return found;
  };
  const std::string base = text::BaseLanguage(tag);
  if (!tag.empty()) {
    if (auto i = first([&](const auto& voice) { return voice.language == tag; })) return i;
    if (auto i =
            first([&](const auto& voice) { return text::BaseLanguage(voice.language) == base; })) {
      return i;
    }
  }
  if (auto i = first([](const auto& voice) { return voice.language.empty(); })) return i;
  return first([](const auto&) { return true; });
}

std::filesystem::path VoiceDestination(const std::string& name_or_file) {
  const std::filesystem::path path(name_or_file);
  if (path.has_parent_path() || path.has_extension()) {
    // .pt is read only.
    if (!model::IsVoiceExtension(path.extension().string()) || path.extension() == ".pt") {
      Fail(ErrorCode::kUnsupported, Quoted(name_or_file),
           ": expected a file ending in .safetensors, .json or .npy");
    }
    CheckOutputPath(path);
    return path;
  }
  if (!IsNewName(name_or_file)) {
    Fail(ErrorCode::kInvalidArgument, Quoted(name_or_file),
         ": expected a name of at most 64 letters, digits, '-' and '_', or a file");
  }
  const std::filesystem::path folder = UserVoiceFolder();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) Fail(ErrorCode::kIo, Quoted(folder.string()), ": cannot create: ", error.message());
  return folder / (name_or_file + ".safetensors");
}

}  // namespace kani::cli
