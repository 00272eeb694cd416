#include "apps/server/voice_library.h"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "apps/server/api_error.h"
#include "text/normalizer.h"

namespace kani::server {
namespace {

namespace fs = std::filesystem;

// As of 2026; those of one language share its voices in turn.
constexpr std::string_view kOpenAiVoices[] = {"alloy", "ash",     "ballad", "cedar", "coral",
                                              "echo",  "fable",   "marin",  "nova",  "onyx",
                                              "sage",  "shimmer", "verse"};
constexpr char kConsentNote[] = "consent";

int64_t UnixSeconds(fs::file_time_type time) {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::file_clock::to_sys(time).time_since_epoch())
      .count();
}

std::optional<bool> Consent(const voices::Voice& voice) {
  const auto note = voice.notes.find(kConsentNote);
  if (note == voice.notes.end()) return {};
  return note->second == "true";
}

/// OpenAI's names mean the voice that the model itself calls the default of its first language: who
/// asks for one wants to be understood. Where it calls none so, they are dealt out over the shipped
/// voices of that language. A name that is a voice stays that voice.
void GiveAliases(const ModelVoices& model, std::vector<OfferedVoice>& all) {
  const std::string tag = model.language_tags.empty() ? "en" : model.language_tags.front();
  const std::string base = text::BaseLanguage(tag);
  std::vector<OfferedVoice*> bearers;
  for (OfferedVoice& offered : all) {
    const std::string& language = offered.voice.language;
    const bool fits = language.empty() || text::BaseLanguage(language) == base;
    if (offered.shipped && fits) bearers.push_back(&offered);
  }
  if (bearers.empty()) return;
  const auto chosen = std::ranges::find_if(
      bearers, [](const OfferedVoice* offered) { return offered->voice.is_default; });
  if (chosen != bearers.end()) bearers = {*chosen};
  size_t next = 0;
  for (const std::string_view alias : kOpenAiVoices) {
    OfferedVoice* bearer = bearers[next++ % bearers.size()];
    const bool taken = std::ranges::any_of(
        all, [&](const OfferedVoice& offered) { return offered.voice.name == alias; });
    if (!taken) bearer->aliases.emplace_back(alias);
  }
}

const OfferedVoice* Search(const std::vector<OfferedVoice>& all, std::string_view name) {
  for (const OfferedVoice& offered : all) {
    if (offered.voice.name == name) return &offered;
  }
  for (const OfferedVoice& offered : all) {
    if (std::ranges::find(offered.aliases, name) != offered.aliases.end()) return &offered;
  }
  return nullptr;
}

std::vector<voices::Voice> Shipped(const std::vector<OfferedVoice>& all) {
  std::vector<voices::Voice> shipped;
  for (const OfferedVoice& offered : all) {
    if (offered.shipped) shipped.push_back(offered.voice);
  }
  return shipped;
}

}  // namespace

VoiceLibrary::VoiceLibrary(fs::path user_folder, WarningSink warn)
    : user_folder_(std::move(user_folder)), warn_(std::move(warn)) {}

VoiceLibrary::Voices VoiceLibrary::Load(const ModelVoices& model) {
  std::error_code missing;
  const fs::file_time_type changed = fs::last_write_time(user_folder_, missing);
  const std::string key = StrCat(model.folder.value_or(""), "|", model.embedding_size);
  {
    const std::lock_guard lock(mutex_);
    const auto found = cache_.find(key);
    // A folder that changed a moment ago may change once more within the clock's grain.
    const bool settled =
        missing || fs::file_time_type::clock::now() - changed > std::chrono::seconds(2);
    if (found != cache_.end() && found->second.changed == changed && settled) {
      return found->second.voices;
    }
  }
  auto all = std::make_shared<std::vector<OfferedVoice>>();
  for (voices::KnownVoice& known :
       voices::AllVoices(user_folder_, model.folder, model.embedding_size, warn_)) {
    if (std::ssize(known.voice.embedding) != model.embedding_size) continue;
    OfferedVoice offered{.shipped = known.user_file.empty()};
    if (!offered.shipped) {
      std::error_code gone;
      const auto time = fs::last_write_time(known.user_file, gone);
      if (!gone) offered.created = UnixSeconds(time);
    }
    if (known.is_default) offered.default_for = {known.voice.language};
    offered.consent = Consent(known.voice);
    offered.voice = std::move(known.voice);
    all->push_back(std::move(offered));
  }
  GiveAliases(model, *all);
  const std::lock_guard lock(mutex_);
  cache_[key] = {changed, all};
  return all;
}

std::vector<OfferedVoice> VoiceLibrary::List(const ModelVoices& model) { return *Load(model); }

OfferedVoice VoiceLibrary::Find(const ModelVoices& model, std::string_view name,
                                const std::string& param) {
  const Voices all = Load(model);
  if (const OfferedVoice* found = Search(*all, name)) return *found;
  std::string names;
  for (const OfferedVoice& offered : *all) {
    names += (names.empty() ? "" : ", ") + offered.voice.name;
  }
  throw ApiError(404, "voice_not_found",
                 StrCat("no voice ", Quoted(name), ": there is ", names.empty() ? "none" : names),
                 param);
}

voices::Voice VoiceLibrary::Resolve(const ModelVoices& model, const VoiceReference& reference) {
  if (!reference.id.empty()) return Find(model, reference.id).voice;
  voices::Voice voice;
  if (!reference.embedding.empty()) {
    if (std::ssize(reference.embedding) != model.embedding_size) {
      throw ApiError(400, "invalid_value",
                     StrCat("voice: expected an embedding of ", model.embedding_size,
                            " numbers, found ", reference.embedding.size()),
                     "voice");
    }
    const float one[] = {1};
    voice.embedding = reference.embedding;
    voice = voices::MixVoices(std::span(&voice, 1), one);  // unit length, never zero
  } else {
    std::vector<voices::Voice> parts;
    std::vector<float> weights;
    for (const VoicePart& part : reference.mix) {
      parts.push_back(Find(model, part.id).voice);
      weights.push_back(part.weight);
    }
    voice = voices::MixVoices(parts, weights);
    voice.language = parts.front().language;
  }
  voice.name = kInlineVoiceName;
  return voice;
}

std::optional<voices::Voice> VoiceLibrary::Default(const ModelVoices& model,
                                                   std::string_view language_tag) {
  std::vector<voices::Voice> shipped = Shipped(*Load(model));
  const std::optional<size_t> chosen = voices::DefaultVoice(shipped, language_tag);
  if (!chosen) return {};
  return std::move(shipped[*chosen]);
}

OfferedVoice VoiceLibrary::Add(const ModelVoices& model, voices::Voice voice,
                               std::optional<bool> consent, bool overwrite) {
  if (!voices::IsNewName(voice.name)) {
    throw ApiError(400, "invalid_value",
                   StrCat("name: expected at most 64 letters, digits, '-' and '_', found ",
                          Quoted(voice.name)),
                   "name");
  }
  if (voice.name == kRandomVoice || voice.name == kNoVoice) {
    throw ApiError(400, "invalid_value",
                   StrCat("name: ", Quoted(voice.name), " has a meaning of its own"), "name");
  }
  const std::lock_guard writing(writing_);
  const Voices all = Load(model);
  if (const OfferedVoice* taken = Search(*all, voice.name);
      taken && (taken->shipped || !overwrite)) {
    throw ApiError(409, "voice_exists",
                   StrCat("there is a voice ", Quoted(voice.name), " already",
                          taken->shipped ? ", which ships with the model" : ""),
                   "name");
  }
  if (consent) voice.notes[kConsentNote] = *consent ? "true" : "false";
  voices::SaveVoice(voice, voices::NewVoiceFile(user_folder_, voice.name));
  return Find(model, voice.name);
}

void VoiceLibrary::Remove(const ModelVoices& model, std::string_view name) {
  const std::lock_guard writing(writing_);
  const OfferedVoice found = Find(model, name, "id");
  if (found.shipped) {
    throw ApiError(
        403, "voice_ships",
        StrCat("voice ", Quoted(found.voice.name), " ships with the model and cannot be removed"),
        "id");
  }
  for (const voices::KnownVoice& known : voices::UserVoices(user_folder_, warn_)) {
    if (known.voice.name != found.voice.name) continue;
    if (voices::IsVoiceCollection(known.user_file)) {
      throw ApiError(403, "voice_in_collection",
                     StrCat("voice ", Quoted(found.voice.name),
                            " lies in voices.json among others: remove it there"),
                     "id");
    }
    std::error_code error;
    if (!fs::remove(known.user_file, error) && error) {
      Fail(ErrorCode::kIo, Quoted(known.user_file.string()), ": cannot remove: ", error.message());
    }
    return;
  }
}

}  // namespace kani::server
