#include "apps/cli/voice_choice.h"

#include <system_error>
#include <utility>
#include <vector>

#include "apps/cli/cloning.h"
#include "voices/store.h"

namespace kani::cli {

bool IsVoiceFile(const std::filesystem::path& path) {
  std::error_code error;
  return path.has_parent_path() || voices::IsVoiceExtension(path.extension().string()) ||
         std::filesystem::is_regular_file(path, error);
}

std::optional<voices::Voice> VoiceFromFile(const std::string& file, const ModelOptions& model,
                                           const WarningSink& warn) {
  const std::filesystem::path path(file);
  if (!IsVoiceFile(path)) return {};
  if (voices::IsVoiceExtension(path.extension().string())) return voices::LoadVoice(path, 0, warn);
  const std::string files[] = {file};
  voices::Voice voice =
      CloneFiles(files, model, /*normalize=*/true, speaker::Silence::kCut, warn).clone.voice;
  voice.name = path.stem().string();
  return voice;
}

voices::Voice VoiceByName(std::string_view name, const model::ModelPaths& paths,
                          const model::LmConfig& config, const WarningSink& warn) {
  const auto known =
      voices::AllVoices(UserVoiceFolder(), paths.voices, config.speaker_emb_dim, warn);
  return voices::FindVoice(known, name).voice;
}

std::optional<voices::Voice> DefaultVoice(const model::ModelPaths& paths,
                                          const model::LmConfig& config, const text::Script& script,
                                          const WarningSink& warn) {
  std::vector<voices::Voice> voices;
  if (paths.voices) voices = voices::LoadVoiceFolder(*paths.voices, config.speaker_emb_dim, warn);
  // A model without tags may still have voices of several languages.
  const std::optional<size_t> chosen = voices::DefaultVoice(
      voices, script.language.empty() ? script.base_language : script.language);
  if (chosen) return std::move(voices[*chosen]);
  Warn(warn, "this model has no voices, so each run is another speaker: choose one by --voice");
  return {};
}

std::string VoiceLanguage(const std::string& voice, const model::ModelPaths& paths,
                          const model::LmConfig& config, const WarningSink& warn) {
  if (voice.empty() || voice == "none") return "";
  if (!IsVoiceFile(voice)) return VoiceByName(voice, paths, config, warn).language;
  const std::filesystem::path path(voice);
  return voices::IsVoiceExtension(path.extension().string())
             ? voices::LoadVoice(path, 0, warn).language
             : "";
}

}  // namespace kani::cli
