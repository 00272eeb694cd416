// The voices that a server offers: those of a model and those that users made, by name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/server/speech_request.h"
#include "base/log.h"
#include "voices/store.h"

namespace kani::server {

/// What of a model decides which voices it has.
struct ModelVoices {
  std::optional<std::filesystem::path> folder;  ///< of the voices that ship with it
  int64_t embedding_size = 0;
  std::vector<std::string> language_tags;
};

struct OfferedVoice {
  voices::Voice voice;
  bool shipped = false;
  std::vector<std::string> default_for;  ///< languages that it speaks if no voice is named
  std::vector<std::string> aliases;      ///< names of OpenAI's voices that mean this one
  std::optional<int64_t> created;        ///< seconds since 1970
  std::optional<bool> consent;           ///< whether its speaker agreed, as far as was said
};

/// A mix or an embedding that came with a request.
inline constexpr char kInlineVoiceName[] = "custom";

/// Thread-safe. The folder may change under it: a voice made by another program is there at once.
class VoiceLibrary {
 public:
  VoiceLibrary(std::filesystem::path user_folder, WarningSink warn);

  /// The users' first.
  std::vector<OfferedVoice> List(const ModelVoices& model);
  /// By its name, else by an alias. Throws ApiError: 404 with the names that are known.
  OfferedVoice Find(const ModelVoices& model, std::string_view name,
                    const std::string& param = "voice");
  /// Throws ApiError: 404 for an unknown voice, 400 for an embedding of another size.
  voices::Voice Resolve(const ModelVoices& model, const VoiceReference& reference);
  /// Of a model's voices the one that speaks a language; nothing where it has none.
  std::optional<voices::Voice> Default(const ModelVoices& model, std::string_view language_tag);

  /// Stores a voice under its name. Throws ApiError: 400 for a name that cannot be one, 409 for one
  /// that is taken unless `overwrite`, and always for one of a shipped voice or an alias.
  OfferedVoice Add(const ModelVoices& model, voices::Voice voice, std::optional<bool> consent,
                   bool overwrite);
  /// Throws ApiError: 404 for an unknown voice, 403 for one that is not a user's.
  void Remove(const ModelVoices& model, std::string_view name);

 private:
  using Voices = std::shared_ptr<const std::vector<OfferedVoice>>;
  Voices Load(const ModelVoices& model);

  const std::filesystem::path user_folder_;
  const WarningSink warn_;
  std::mutex mutex_;  // of what follows
  struct Cached {
    std::filesystem::file_time_type changed;
    Voices voices;
  };
  std::map<std::string, Cached> cache_;  // by the model's folder
  std::mutex writing_;
};

}  // namespace kani::server
