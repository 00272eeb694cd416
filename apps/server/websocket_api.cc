#include "apps/server/websocket_api.h"

#include <atomic>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "apps/server/api_error.h"
#include "apps/server/base64.h"
#include "apps/server/fed_speech.h"
#include "apps/server/speech_encoder.h"
#include "apps/server/websocket_message.h"
#include "text/normalizer.h"

namespace kani::server {
namespace {

using nlohmann::json;

/// One request on a socket, spoken by a thread of its own.
class SocketSpeech {
 public:
  /// @param binary whether audio goes as binary frames, which do not name their request.
  SocketSpeech(SpeechDesk& desk, const SocketRules& rules, std::string id, SpeechCall call,
               bool binary, WebSocket& socket)
      : desk_(desk),
        rules_(rules),
        id_(std::move(id)),
        call_(std::move(call)),
        binary_(binary),
        socket_(socket),
        feed_(call_.language == "auto" ? "" : text::BaseLanguage(call_.language),
              rules.speech.max_characters),
        thread_([this] { Run(); }) {}
  ~SocketSpeech() { thread_.join(); }
  SocketSpeech(const SocketSpeech&) = delete;
  SocketSpeech& operator=(const SocketSpeech&) = delete;

  TextFeed& feed() { return feed_; }
  bool binary() const { return binary_; }
  bool over() const { return over_.load(); }
  void Cancel(Interruption why) {
    interrupter_->Interrupt(why);
    feed_.Cancel();
  }

 private:
  void Run() {
    try {
      const FedResult result =
          SpeakFeed(desk_, call_, feed_, interrupter_, rules_.default_rate_hz,
                    {.on_start = [this](const Speech& speech) { SendStarted(speech); },
                     .on_pcm = [this](std::span<const float> pcm) { SendAudio(pcm); }});
      if (interrupter_->why() != Interruption::kNone) {
        throw InterruptionError(interrupter_->why());
      }
      SendDone(result);
    } catch (...) {
      const ApiError error = CurrentError();
      desk_.metrics().CountError(error.code());
      try {
        if (interrupter_->why() == Interruption::kNone) {
          Send({{"type", "error"}, {"error", ErrorBody(error)}});
        } else {
          Send({{"type", "generation.cancelled"}, {"reason", error.code()}});
        }
      } catch (const Error&) {  // nobody is there to be told
      }
    }
    over_ = true;
  }

  void Send(json event) {
    if (!id_.empty()) event["request_id"] = id_;
    socket_.Send(Dump(event), /*binary=*/false);
  }
  void SendStarted(const Speech& speech) {
    Send({{"type", "generation.started"},
          {"voice", speech.voice()},
          {"seed", speech.seed()},
          {"sample_rate", speech.sample_rate_hz()},
          {"format", "pcm_s16le"},
          {"ignored", call_.ignored}});
  }
  void SendAudio(std::span<const float> pcm) {
    const std::string bytes = Pcm16Bytes(pcm);
    if (binary_) return socket_.Send(bytes, /*binary=*/true);
    Send({{"type", "speech.audio.delta"}, {"audio", Base64(bytes)}});
  }
  void SendDone(const FedResult& result) {
    json usage{{"input_tokens", result.input_tokens},
               {"output_tokens", result.output_tokens},
               {"total_tokens", result.input_tokens + result.output_tokens}};
    if (result.first_audio_seconds) usage["time_to_first_byte"] = *result.first_audio_seconds;
    Send({{"type", "generation.done"},
          {"usage", std::move(usage)},
          {"audio_seconds", result.audio_seconds},
          {"stop_reason", engine::StopReasonName(result.stop_reason)}});
  }

  SpeechDesk& desk_;
  const SocketRules& rules_;
  const std::string id_;
  const SpeechCall call_;
  const bool binary_;
  WebSocket& socket_;
  TextFeed feed_;
  const std::shared_ptr<Interrupter> interrupter_ = std::make_shared<Interrupter>();
  std::atomic<bool> over_{false};
  std::thread thread_;  // last: it uses all of the above
};

class Conversation {
 public:
  Conversation(SpeechDesk& desk, const SocketRules& rules, WebSocket& socket)
      : desk_(desk), rules_(rules), socket_(socket) {}
  ~Conversation() {
    for (auto& [id, speech] : speeches_) speech->feed().End();
  }

  void CancelAll(Interruption why) {
    for (auto& [id, speech] : speeches_) speech->Cancel(why);
  }

  void Obey(const SocketCommand& command) {
    std::erase_if(speeches_, [](const auto& entry) { return entry.second->over(); });
    switch (command.kind) {
      case SocketCommand::Kind::kStart:
        Open(command.request_id, command.fields, /*binary=*/false);
        return;
      case SocketCommand::Kind::kGenerate:
        return Generate(command);
      case SocketCommand::Kind::kText:
        return Find(command.request_id, /*open=*/true)->feed().Append(command.text);
      case SocketCommand::Kind::kFlush:
        if (auto* speech = Find(command.request_id, false)) speech->feed().Flush();
        return;
      case SocketCommand::Kind::kEnd:
        if (auto* speech = Find(command.request_id, false)) speech->feed().End();
        return;
      case SocketCommand::Kind::kCancel:
        if (command.request_id.empty()) return CancelAll(Interruption::kAsked);
        if (auto* speech = Find(command.request_id, false)) speech->Cancel(Interruption::kAsked);
        return;
    }
  }

 private:
  SocketSpeech* Find(const std::string& id, bool open) {
    const auto found = speeches_.find(id);
    if (found != speeches_.end()) return found->second.get();
    return open ? &Open(id, {{"input", "text"}}, /*binary=*/false) : nullptr;
  }

  SocketSpeech& Open(const std::string& id, const json& fields, bool binary) {
    if (speeches_.contains(id)) {
      throw ApiError(409, "request_exists",
                     StrCat("request_id: request ", Quoted(id), " is not over yet"), "request_id");
    }
    if (speeches_.size() >= rules_.requests) {
      throw ApiError(429, "too_many_requests",
                     StrCat("a socket may have ", rules_.requests, " requests at once"));
    }
    json with_format = fields;
    with_format["response_format"] = "pcm";
    SpeechCall call = ParseSpeechCall(with_format, rules_.speech);
    for (const char* field : {"response_format", "stream_format", "stream"}) {
      if (fields.contains(field) && fields[field] != "pcm") call.ignored.emplace_back(field);
    }
    CheckVoice(call);
    auto speech =
        std::make_unique<SocketSpeech>(desk_, rules_, id, std::move(call), binary, socket_);
    return *speeches_.emplace(id, std::move(speech)).first->second;
  }

  /// A name that is none is told before the first word has come.
  void CheckVoice(const SpeechCall& call) {
    if (call.voice.none() || call.voice.id == kRandomVoice || call.voice.id == kNoVoice) return;
    desk_.library().Resolve(desk_.pool().Find(call.model).voices, call.voice);
  }

  /// Binary frames do not say whose they are: a new request takes the place of the one before.
  void Generate(const SocketCommand& command) {
    for (auto& [id, speech] : speeches_) {
      if (speech->binary()) speech->Cancel(Interruption::kAsked);
    }
    std::erase_if(speeches_, [](const auto& entry) { return entry.second->binary(); });
    const SpeechCall checked = ParseSpeechCall(command.fields, rules_.speech);
    SocketSpeech& speech = Open(command.request_id, command.fields, /*binary=*/true);
    speech.feed().Append(checked.input);
    speech.feed().End();
  }

  SpeechDesk& desk_;
  const SocketRules& rules_;
  WebSocket& socket_;
  std::map<std::string, std::unique_ptr<SocketSpeech>> speeches_;
};

void SendError(WebSocket& socket, const std::string& request_id, const ApiError& error) {
  json event{{"type", "error"}, {"error", ErrorBody(error)}};
  if (!request_id.empty()) event["request_id"] = request_id;
  socket.Send(Dump(event), /*binary=*/false);
}

}  // namespace

void ServeSpeechSocket(SpeechDesk& desk, const SocketRules& rules, const Request& request,
                       WebSocket& socket) {
  Conversation conversation(desk, rules, socket);
  try {
    while (const auto message = socket.Receive()) {
      std::string request_id;
      try {
        const SocketCommand command = ParseSocketCommand(message->bytes);
        request_id = command.request_id;
        conversation.Obey(command);
      } catch (const ApiError& error) {
        SendError(socket, request_id, error);
      } catch (const Error&) {
        SendError(socket, request_id, CurrentError());
      }
    }
  } catch (const Error&) {  // nobody reads any more
  }
  if (request.interrupter->why() != Interruption::kNone) {
    conversation.CancelAll(request.interrupter->why());
  }
}

}  // namespace kani::server
