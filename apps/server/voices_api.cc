#include "apps/server/voices_api.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "apps/server/api_error.h"
#include "apps/server/multipart.h"
#include "apps/server/speech_api.h"
#include "apps/server/upload.h"
#include "text/normalizer.h"

namespace kani::server {
namespace {

using nlohmann::json;

/// @param query what a URL of this voice ends with, for a model that is not the default one.
json Shown(const OfferedVoice& offered, const std::string& query) {
  const auto or_null = [](const auto& value) { return value ? json(*value) : json(); };
  const std::string& name = offered.voice.name;
  return {{"id", name},
          {"name", name},
          {"object", "voice"},
          {"language", offered.voice.language.empty() ? json() : json(offered.voice.language)},
          {"shipped", offered.shipped},
          {"default_for", offered.default_for},
          {"aliases", offered.aliases},
          {"created", or_null(offered.created)},
          {"consent", or_null(offered.consent)},
          {"preview", "/v1/audio/voices/" + PercentEncoded(name) + "/preview" + query}};
}

/// Whose voices are meant: ?model=NAME, else the default model's.
const ModelFacts& ModelOf(SpeechDesk& desk, const Request& request) {
  return desk.pool().Find(QueryValue(request, "model").value_or(""));
}

std::string QueryOf(SpeechDesk& desk, const ModelFacts& model) {
  const bool is_default = &model == &desk.pool().models().front();
  return is_default ? "" : "?model=" + PercentEncoded(model.name);
}

/// What a new voice is asked for, from a form or from JSON.
struct NewVoice {
  std::string name, language, model;
  std::optional<bool> consent;
  bool overwrite = false;
  std::vector<Upload> uploads;
  VoiceReference reference;  ///< an embedding or a mix
};

bool ParseFlag(std::string_view text, const std::string& param) {
  if (text == "true" || text == "1" || text == "on") return true;
  if (text == "false" || text == "0" || text == "off" || text.empty()) return false;
  throw ApiError(400, "invalid_value",
                 StrCat(param, ": expected true or false, found ", Quoted(text)), param);
}

NewVoice ParseVoiceForm(const Request& request, std::string_view boundary,
                        const UploadLimits& limits) {
  NewVoice voice;
  for (const FormPart& part : ParseForm(request.body, boundary)) {
    if (part.file_name || part.name == "file" || part.name == "audio_sample") {
      if (voice.uploads.size() == limits.recordings) {
        throw ApiError(413, "too_many_files",
                       StrCat("file: expected at most ", limits.recordings, " recordings"), "file");
      }
      const std::string name = part.file_name.value_or("");
      voice.uploads.push_back({name.empty() ? "recording" : name, part.bytes});
    } else if (part.name == "name") {
      voice.name = std::string(part.bytes);
    } else if (part.name == "language") {
      voice.language = std::string(part.bytes);
    } else if (part.name == "model") {
      voice.model = std::string(part.bytes);
    } else if (part.name == "consent") {
      // OpenAI's is the id of a recorded consent: whatever it says, somebody gave it.
      voice.consent = part.bytes.starts_with("cons_") || ParseFlag(part.bytes, "consent");
    } else if (part.name == "overwrite") {
      voice.overwrite = ParseFlag(part.bytes, "overwrite");
    }
  }
  if (voice.uploads.empty()) {
    throw ApiError(400, "missing_field", "file: expected at least one recording", "file");
  }
  return voice;
}

std::string StringOf(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return "";
  if (found->is_string()) return found->get<std::string>();
  throw ApiError(400, "invalid_value", StrCat(name, ": expected a string"), name);
}

std::optional<bool> FlagOf(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return {};
  if (found->is_boolean()) return found->get<bool>();
  throw ApiError(400, "invalid_value", StrCat(name, ": expected true or false"), name);
}

NewVoice ParseVoiceJson(const Request& request) {
  const json object = ParseObject(request.body);
  NewVoice voice{.name = StringOf(object, "name"),
                 .language = StringOf(object, "language"),
                 .model = StringOf(object, "model")};
  voice.consent = FlagOf(object, "consent");
  voice.overwrite = FlagOf(object, "overwrite").value_or(false);
  if (object.contains("embedding")) {
    voice.reference.embedding = ParseEmbedding(object["embedding"], "embedding");
  } else if (object.contains("mix")) {
    voice.reference.mix = ParseMix(object["mix"], "mix");
  } else {
    throw ApiError(400, "missing_field",
                   "expected embedding or mix, or a form with recordings as file");
  }
  return voice;
}

NewVoice ParseNewVoice(const Request& request, const UploadLimits& limits) {
  const std::string_view type = request.headers.Find("Content-Type").value_or("");
  if (const auto boundary = FormBoundary(type)) return ParseVoiceForm(request, *boundary, limits);
  if (EqualNoCase(Trimmed(type.substr(0, type.find(';'))), "application/json")) {
    return ParseVoiceJson(request);
  }
  throw ApiError(415, "unsupported_media_type",
                 "Content-Type: expected multipart/form-data or application/json");
}

Response Create(SpeechDesk& desk, const UploadLimits& limits, const Request& request) {
  const NewVoice asked = ParseNewVoice(request, limits);
  const ModelFacts& model = desk.pool().Find(asked.model);
  json warnings = json::array();
  const WarningSink warn = [&](std::string_view line) { warnings.push_back(line); };
  voices::Voice voice;
  if (asked.uploads.empty()) {
    voice = desk.library().Resolve(model.voices, asked.reference);
  } else {
    voice = CloneUploads(model, asked.uploads, limits.seconds, warn);
  }
  voice.name = asked.name;
  if (!asked.language.empty()) voice.language = asked.language;
  const OfferedVoice added =
      desk.library().Add(model.voices, std::move(voice), asked.consent, asked.overwrite);
  json shown = Shown(added, QueryOf(desk, model));
  shown["warnings"] = std::move(warnings);
  return JsonResponse(shown, 201);
}

Response List(SpeechDesk& desk, const ModelFacts& model) {
  json data = json::array();
  json names = json::array();  // as Open WebUI reads it
  for (const OfferedVoice& offered : desk.library().List(model.voices)) {
    data.push_back(Shown(offered, QueryOf(desk, model)));
    names.push_back({{"id", offered.voice.name}, {"name", offered.voice.name}});
  }
  return JsonResponse(
      {{"object", "list"}, {"data", std::move(data)}, {"voices", std::move(names)}});
}

Response Preview(SpeechDesk& desk, const std::string& name, const Request& request) {
  static const std::map<std::string, std::string, std::less<>> kSentences{
      {"en", "Hello! This is how I sound. Tell me what to say."},
      {"es", "¡Hola! Así suena mi voz. Dime qué quieres que diga."},
  };
  const ModelFacts& model = ModelOf(desk, request);
  const OfferedVoice offered = desk.library().Find(model.voices, name, "id");
  const auto found = kSentences.find(text::BaseLanguage(offered.voice.language));
  SpeechCall call;
  call.model = model.name;
  call.input = (found == kSentences.end() ? kSentences.find("en") : found)->second;
  call.voice.id = offered.voice.name;
  call.seed = 0;
  call.format = FindSpeechFormat("wav");
  return WholeSpeech(desk, call, request);
}

}  // namespace

void AddVoiceRoutes(Router& router, SpeechDesk& desk, const UploadLimits& limits) {
  router.Add("GET", "/v1/audio/voices", [&desk](const Request& request, const PathParts&) {
    return List(desk, ModelOf(desk, request));
  });
  router.Add("POST", "/v1/audio/voices", [&desk, limits](const Request& request, const PathParts&) {
    return Create(desk, limits, request);
  });
  router.Add("GET", "/v1/audio/voices/{id}",
             [&desk](const Request& request, const PathParts& parts) {
               const ModelFacts& model = ModelOf(desk, request);
               return JsonResponse(
                   Shown(desk.library().Find(model.voices, parts[0], "id"), QueryOf(desk, model)));
             });
  router.Add("DELETE", "/v1/audio/voices/{id}",
             [&desk](const Request& request, const PathParts& parts) {
               desk.library().Remove(ModelOf(desk, request).voices, parts[0]);
               return JsonResponse({{"id", parts[0]}, {"object", "voice"}, {"deleted", true}});
             });
  router.Add("GET", "/v1/audio/voices/{id}/preview",
             [&desk](const Request& request, const PathParts& parts) {
               return Preview(desk, parts[0], request);
             });
}

}  // namespace kani::server
