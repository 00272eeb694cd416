#include "apps/server/wyoming_session.h"

#include <algorithm>
#include <set>
#include <utility>

#include "apps/server/api_error.h"
#include "apps/server/speech_encoder.h"
#include "text/normalizer.h"

namespace kani::server {
namespace {

using nlohmann::json;

std::string StringOf(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// What a client asks of a voice: {"name", "language", "speaker"}, all optional.
SpeechCall CallOf(const json& data) {
  SpeechCall call;
  call.format = FindSpeechFormat("pcm");
  const auto voice = data.find("voice");
  if (voice == data.end() || !voice->is_object()) return call;
  call.voice.id = StringOf(*voice, "name");
  const std::string language = StringOf(*voice, "language");
  if (!language.empty()) call.language = language;
  return call;
}

/// Home Assistant says "en-US" where the model has "en", or another accent.
void FitLanguage(const ModelFacts& model, SpeechCall& call) {
  if (call.language == "auto") return;
  const auto& tags = model.voices.language_tags;
  if (std::ranges::find(tags, call.language) != tags.end()) return;
  const std::string base = text::BaseLanguage(call.language);
  const bool spoken =
      std::ranges::any_of(tags, [&](const auto& tag) { return text::BaseLanguage(tag) == base; });
  call.language = spoken ? base : "auto";
}

json Attribution() {
  return {{"name", "kani.cpp"}, {"url", "https://github.com/nineninesix-ai/kani-tts-2"}};
}

}  // namespace

void WyomingSession::Obey(const WyomingEvent& event) {
  if (event.type == "describe") return SendInfo();
  if (event.type == "ping") return send_({.type = "pong", .data = event.data});
  if (event.type == "synthesize-start") return Begin(event.data, /*streams=*/true);
  if (event.type == "synthesize-chunk") {
    if (streaming_) feed_->Append(StringOf(event.data, "text"));
  } else if (event.type == "synthesize-stop") {
    if (streaming_) feed_->End();
    streaming_ = false;
  } else if (event.type == "synthesize" && !streaming_) {
    // Inside the streaming form it repeats the whole text, for servers that know no other.
    Begin(event.data, /*streams=*/false);
    feed_->Append(StringOf(event.data, "text"));
    feed_->End();
  }
}

void WyomingSession::Leave(Interruption why) {
  if (interrupter_) interrupter_->Interrupt(why);
  if (feed_) feed_->Cancel();
}

void WyomingSession::Finish() {
  if (feed_) feed_->End();
  if (thread_.joinable()) thread_.join();
}

void WyomingSession::Begin(const json& data, bool streams) {
  Finish();
  streaming_ = streams;
  SpeechCall call = CallOf(data);
  FitLanguage(desk_.pool().Find(""), call);
  feed_ = std::make_unique<TextFeed>(
      call.language == "auto" ? "" : text::BaseLanguage(call.language), max_characters_);
  interrupter_ = std::make_shared<Interrupter>();
  thread_ = std::thread([this, call = std::move(call), streams] { Run(call, streams); });
}

void WyomingSession::Run(SpeechCall call, bool streams) {
  json format{{"width", 2}, {"channels", 1}};
  bool started = false;
  try {
    SpeakFeed(desk_, std::move(call), *feed_, interrupter_, 0,
              {.on_start =
                   [&](const Speech& speech) {
                     format["rate"] = speech.sample_rate_hz();
                     started = true;
                     send_({.type = "audio-start", .data = format});
                   },
               .on_pcm =
                   [&](std::span<const float> pcm) {
                     send_({.type = "audio-chunk", .data = format, .payload = Pcm16Bytes(pcm)});
                   }});
    if (!started && !streams) {  // nothing to say: who waits for the end of it gets one
      format["rate"] = desk_.pool().Find("").sample_rate_hz;
      send_({.type = "audio-start", .data = format});
      started = true;
    }
    if (started) send_({.type = "audio-stop"});
    if (streams) send_({.type = "synthesize-stopped"});
  } catch (...) {
    const ApiError error = CurrentError();
    desk_.metrics().CountError(error.code());
    try {
      send_({.type = "error", .data = {{"text", error.what()}, {"code", error.code()}}});
      if (started) send_({.type = "audio-stop"});
      if (streams) send_({.type = "synthesize-stopped"});
    } catch (const Error&) {  // nobody is there to be told
    }
  }
}

void WyomingSession::SendInfo() {
  const ModelFacts& model = desk_.pool().Find("");
  json voices = json::array();
  for (const OfferedVoice& offered : desk_.library().List(model.voices)) {
    const std::string& own = offered.voice.language;
    std::set<std::string> languages{own};
    if (own.empty())
      languages = {model.voices.language_tags.begin(), model.voices.language_tags.end()};
    voices.push_back({{"name", offered.voice.name},
                      {"description", offered.voice.name},
                      {"languages", languages},
                      {"installed", true},
                      {"version", nullptr},
                      {"speakers", nullptr},
                      {"attribution", Attribution()}});
  }
  json info{{"tts", json::array({{{"name", "kani"},
                                  {"description", "KaniTTS2: " + model.name},
                                  {"installed", true},
                                  {"version", KANI_VERSION},
                                  {"attribution", Attribution()},
                                  {"supports_synthesize_streaming", true},
                                  {"voices", std::move(voices)}}})}};
  for (const char* other : {"asr", "handle", "intent", "wake", "mic", "snd"}) {
    info[other] = json::array();
  }
  send_({.type = "info", .data = std::move(info)});
}

}  // namespace kani::server
