#include "apps/server/info_api.h"

#include <nlohmann/json.hpp>
#include <string>

#include "apps/server/api_error.h"
#include "apps/server/embedded_file.h"
#include "apps/server/studio.h"

namespace kani::server {
namespace {

using nlohmann::json;

json Shown(SpeechDesk& desk, const SpeechRules& rules, const ModelFacts& model) {
  json default_voices = json::object();
  for (const OfferedVoice& offered : desk.library().List(model.voices)) {
    for (const std::string& language : offered.default_for) {
      default_voices[language.empty() ? "any" : language] = offered.voice.name;
    }
  }
  return {{"id", model.name},
          {"object", "model"},
          {"created", model.created},
          {"owned_by", "kani"},
          {"languages", model.voices.language_tags},
          {"sample_rate", model.sample_rate_hz},
          {"default_voices", std::move(default_voices)},
          {"max_input_characters", rules.max_characters},
          {"formats", SpeechFormatList()},
          {"cloning", model.paths.speaker_encoder.has_value()},
          {"defaults",
           {{"temperature", model.sampling.temperature},
            {"top_p", model.sampling.top_p},
            {"top_k", model.sampling.top_k},
            {"min_p", model.sampling.min_p},
            {"repetition_penalty", model.sampling.repetition_penalty},
            {"max_seconds", 0}}},
          {"loaded", desk.pool().Peek(model) != nullptr},
          {"default", &model == &desk.pool().models().front()}};
}

Response Models(SpeechDesk& desk, const SpeechRules& rules) {
  json data = json::array();
  for (const ModelFacts& model : desk.pool().models()) {
    data.push_back(Shown(desk, rules, model));
  }
  return JsonResponse({{"object", "list"}, {"data", std::move(data)}});
}

/// As Open WebUI reads it.
Response AudioModels(SpeechDesk& desk) {
  json models = json::array();
  for (const ModelFacts& model : desk.pool().models()) {
    models.push_back({{"id", model.name}, {"name", model.name}});
  }
  return JsonResponse({{"models", std::move(models)}});
}

Response Ready(const ServerState& state) {
  const bool ready = state.ready && !state.stopping;
  Response response = JsonResponse({{"ready", ready}}, ready ? 200 : 503);
  response.headers.Add("Cache-Control", "no-store");
  return response;
}

/// As the original server and those that grew from it answer.
Response Health(SpeechDesk& desk, const ServerState& state) {
  json speakers = json::array();
  for (const OfferedVoice& offered : desk.library().List(desk.pool().Find("").voices)) {
    speakers.push_back(offered.voice.name);
  }
  const bool ready = state.ready;
  return JsonResponse({{"status", ready ? "healthy" : "loading"},
                       {"tts_initialized", ready},
                       {"engine_ready", ready},
                       {"codec_ready", ready},
                       {"speakers", std::move(speakers)}});
}

Response MetricsText(SpeechDesk& desk, const ServerState& state) {
  int64_t loaded = 0, pieces = 0;
  for (const ModelFacts& facts : desk.pool().models()) {
    if (const auto model = desk.pool().Peek(facts)) {
      ++loaded;
      pieces += model->engine().scheduler().status().pieces;
    }
  }
  desk.metrics().SetQueue(desk.speeches(), pieces, loaded, state.connections());
  return {.content_type = "text/plain; version=0.0.4; charset=utf-8",
          .body = desk.metrics().Text()};
}

}  // namespace

void AddInfoRoutes(Router& router, SpeechDesk& desk, const SpeechRules& rules,
                   const ServerState& state) {
  router.Add("GET", "/v1/models",
             [&desk, rules](const Request&, const PathParts&) { return Models(desk, rules); });
  router.Add("GET", "/v1/models/{id}", [&desk, rules](const Request&, const PathParts& parts) {
    return JsonResponse(Shown(desk, rules, desk.pool().Find(parts[0])));
  });
  router.Add("GET", "/v1/audio/models",
             [&desk](const Request&, const PathParts&) { return AudioModels(desk); });
  router.Add("GET", "/healthz", [](const Request&, const PathParts&) {
    return JsonResponse({{"status", "ok"}});
  });
  router.Add("GET", "/readyz", [&state](const Request&, const PathParts&) { return Ready(state); });
  router.Add("GET", "/health",
             [&desk, &state](const Request&, const PathParts&) { return Health(desk, state); });
  router.Add("GET", "/metrics", [&desk, &state](const Request&, const PathParts&) {
    return MetricsText(desk, state);
  });
  router.Add("GET", "/openapi.json", [](const Request& request, const PathParts&) {
    return FileResponse(ApiFiles().front(), request);
  });
}

}  // namespace kani::server
