#include "apps/server/speech_api.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "apps/server/api_error.h"
#include "apps/server/base64.h"
#include "apps/server/speech_encoder.h"

namespace kani::server {
namespace {

using nlohmann::json;

constexpr size_t kMaxListedFields = 20, kMaxHeaderText = 200;

/// A speech whose first samples are there: what went wrong before them still gets a status.
struct Begun {
  Begun(SpeechDesk& desk, const SpeechCall& speech_call, const Request& request, int rate_hz)
      : call(speech_call), speech(desk, call, request.interrupter, rate_hz) {
    more = speech.Read(pcm);
  }
  const SpeechCall call;
  Speech speech;
  std::vector<float> pcm;
  bool more;
};

std::string List(const std::vector<std::string>& names) {
  std::string list;
  for (size_t i = 0; i < std::min(names.size(), kMaxListedFields); ++i) {
    list += (i == 0 ? "" : ", ") + HeaderText(names[i]);
  }
  return list;
}

std::string Decimal(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.3f", value);
  return text;
}

void AddHeaders(const Begun& begun, Response& response) {
  Headers& headers = response.headers;
  headers.Add("Cache-Control", "no-store");
  headers.Add("X-Kani-Model", HeaderText(begun.speech.model()));
  headers.Add("X-Kani-Voice", HeaderText(begun.speech.voice()));
  headers.Add("X-Kani-Seed", std::to_string(begun.speech.seed()));
  headers.Add("X-Kani-Sample-Rate", std::to_string(begun.speech.sample_rate_hz()));
  if (!begun.call.ignored.empty()) headers.Add("X-Kani-Ignored", List(begun.call.ignored));
  if (!begun.call.unused.empty()) headers.Add("X-Kani-Unused", List(begun.call.unused));
  if (begun.call.format->name == "pcm" && begun.call.stream_format == StreamFormat::kAudio) {
    headers.Add("X-Sample-Rate", std::to_string(begun.speech.sample_rate_hz()));
    headers.Add("X-Channels", "1");
    headers.Add("X-Bit-Depth", "16");
  }
}

void AddResult(const engine::SpeechStats& stats, Response& response) {
  response.headers.Add("X-Kani-Audio-Seconds", Decimal(stats.audio_seconds));
  response.headers.Add("X-Kani-Stop-Reason",
                       std::string(engine::StopReasonName(stats.stop_reason)));
}

void Encode(Begun& begun, media::AudioWriter& writer) {
  for (; begun.more; begun.more = begun.speech.Read(begun.pcm)) writer.Write(begun.pcm);
  writer.Finish();
}

Response Whole(const std::shared_ptr<Begun>& begun) {
  Response response{.content_type = std::string(begun->call.format->content_type)};
  AddHeaders(*begun, response);
  Encode(*begun, *EncodeInto(response.body, *begun->call.format, begun->speech.sample_rate_hz()));
  AddResult(begun->speech.stats(), response);
  return response;
}

Response Streamed(std::shared_ptr<Begun> begun) {
  Response response{.content_type = std::string(begun->call.format->content_type)};
  AddHeaders(*begun, response);
  response.stream = [begun = std::move(begun)](BodyWriter& out) {
    Encode(*begun, *EncodeTo(out, *begun->call.format, begun->speech.sample_rate_hz()));
  };
  return response;
}

void SendEvent(BodyWriter& out, const json& event) { out.Write("data: " + Dump(event) + "\n\n"); }

/// Keeps bytes until an event takes them.
struct Buffer : BodyWriter {
  void Write(std::string_view more) override { bytes += more; }
  std::string bytes;
};

void SendDelta(BodyWriter& out, Buffer& buffer) {
  if (buffer.bytes.empty()) return;
  SendEvent(out, {{"type", "speech.audio.delta"}, {"audio", Base64(buffer.bytes)}});
  buffer.bytes.clear();
}

void SendEvents(Begun& begun, BodyWriter& out) {
  Buffer buffer;
  const auto writer = EncodeTo(buffer, *begun.call.format, begun.speech.sample_rate_hz());
  try {
    for (; begun.more; begun.more = begun.speech.Read(begun.pcm)) {
      writer->Write(begun.pcm);
      SendDelta(out, buffer);
    }
    writer->Finish();
  } catch (...) {
    const ApiError error = CurrentError();
    SendEvent(out, {{"type", "error"}, {"error", ErrorBody(error)}});
    return;
  }
  SendDelta(out, buffer);
  const engine::SpeechStats stats = begun.speech.stats();
  SendEvent(out, {{"type", "speech.audio.done"},
                  {"usage",
                   {{"input_tokens", stats.prompt_tokens},
                    {"output_tokens", stats.audio_tokens},
                    {"total_tokens", stats.prompt_tokens + stats.audio_tokens}}},
                  {"seed", begun.speech.seed()},
                  {"stop_reason", engine::StopReasonName(stats.stop_reason)},
                  {"audio_seconds", stats.audio_seconds},
                  {"sample_rate", begun.speech.sample_rate_hz()}});
}

Response Events(std::shared_ptr<Begun> begun) {
  Response response{.content_type = "text/event-stream"};
  AddHeaders(*begun, response);
  response.headers.Add("X-Accel-Buffering", "no");  // nginx would hold events back
  response.stream = [begun = std::move(begun)](BodyWriter& out) { SendEvents(*begun, out); };
  return response;
}

/// Throws ApiError for a rate that the format does not have.
void CheckRate(const SpeechFormat& format, int sample_rate_hz) {
  std::string nothing;
  try {
    EncodeInto(nothing, format, sample_rate_hz);
  } catch (const Error&) {
    throw ApiError(400, "invalid_value",
                   StrCat("sample_rate: ", format.name, " has no ", sample_rate_hz, " Hz"),
                   "sample_rate");
  }
}

/// @param openai_rate whether PCM and events have the rate that OpenAI's clients assume.
Response Speak(SpeechDesk& desk, const SpeechRules& rules, bool openai_rate,
               const Request& request) {
  const SpeechCall call = ParseSpeechBody(request.body, rules);
  if (call.sample_rate_hz > 0) CheckRate(*call.format, call.sample_rate_hz);
  const bool bare = call.format->name == "pcm" || call.stream_format == StreamFormat::kSse;
  auto begun =
      std::make_shared<Begun>(desk, call, request, openai_rate && bare ? kOpenAiRateHz : 0);
  if (call.stream_format == StreamFormat::kSse) return Events(std::move(begun));
  return call.stream ? Streamed(std::move(begun)) : Whole(begun);
}

}  // namespace

std::string HeaderText(std::string_view text) {
  std::string clean(text.substr(0, kMaxHeaderText));
  std::ranges::replace_if(
      clean, [](char c) { return c < ' ' || c > '~'; }, '?');
  return clean;
}

Response WholeSpeech(SpeechDesk& desk, const SpeechCall& call, const Request& request) {
  return Whole(std::make_shared<Begun>(desk, call, request, 0));
}

void AddSpeechRoutes(Router& router, SpeechDesk& desk, const SpeechRules& rules) {
  router.Add("POST", "/v1/audio/speech", [&desk, rules](const Request& request, const PathParts&) {
    return Speak(desk, rules, /*openai_rate=*/true, request);
  });
  SpeechRules original = rules;
  original.default_format = "wav";
  router.Add("POST", "/original/v1/audio/speech",
             [&desk, original](const Request& request, const PathParts&) {
               return Speak(desk, original, /*openai_rate=*/false, request);
             });
}

}  // namespace kani::server
