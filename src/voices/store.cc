#include "voices/store.h"

#include <algorithm>
#include <cctype>
#include <tuple>

#include "base/error.h"
#include "text/normalizer.h"

namespace kani::voices {
namespace {

constexpr size_t kMaxNameLength = 64;

bool IsNameCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
}

void AddUserVoices(const std::filesystem::path& file, const WarningSink& warn,
                   std::vector<KnownVoice>& voices) {
  for (Voice& voice : LoadVoiceFile(file, 0, warn)) {
    if (!IsVoiceCollection(file)) {
      voice.name = file.stem().string();  // what `remove` and `--voice` go by
      if (!IsVoiceName(voice.name)) {
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
    if (!IsVoiceFile(entry.path())) continue;
    try {
      AddUserVoices(entry.path(), warn, voices);
    } catch (const Error& error) {
      Warn(warn, error.what());
    }
  }
  // A file of its own before the same name in voices.json.
  std::ranges::sort(voices, {}, [](const KnownVoice& known) {
    return std::tuple(known.voice.name, IsVoiceCollection(known.user_file), known.user_file);
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

std::vector<KnownVoice> AllVoices(const std::filesystem::path& user_folder,
                                  const std::optional<std::filesystem::path>& model_folder,
                                  int64_t embedding_size, const WarningSink& warn) {
  std::vector<KnownVoice> voices = UserVoices(user_folder, warn);
  if (!model_folder) return voices;
  const auto of_model = LoadVoiceFolder(*model_folder, embedding_size, warn);
  for (size_t i = 0; i < of_model.size(); ++i) {
    const Voice& voice = of_model[i];
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

std::optional<size_t> DefaultVoice(std::span<const Voice> voices, std::string_view tag) {
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

std::filesystem::path NewVoiceFile(const std::filesystem::path& user_folder,
                                   const std::string& name) {
  if (!IsNewName(name)) {
    Fail(ErrorCode::kInvalidArgument, Quoted(name), ": expected a name of at most ", kMaxNameLength,
         " letters, digits, '-' and '_'");
  }
  std::error_code error;
  std::filesystem::create_directories(user_folder, error);
  if (error) {
    Fail(ErrorCode::kIo, Quoted(user_folder.string()), ": cannot create: ", error.message());
  }
  return user_folder / (name + ".safetensors");
}

}  // namespace kani::voices
