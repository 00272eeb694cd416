#include "apps/server/speech.h"

#include <random>
#include <utility>

namespace kani::server {
namespace {

using std::chrono::steady_clock;

// What a listener's network may hold back: more would be made for nothing if he leaves.
constexpr double kQueueSeconds = 5;

std::string_view NameOf(Interruption why) {
  switch (why) {
    case Interruption::kNone:
    case Interruption::kAsked:
      return "asked";
    case Interruption::kClientLeft:
      return "client_left";
    case Interruption::kSlowReader:
      return "slow_reader";
    case Interruption::kTimeLimit:
      return "time_limit";
    case Interruption::kShutdown:
      return "shutdown";
  }
  return "?";
}

lm::SamplingSettings Sampling(const SpeechCall& call, lm::SamplingSettings settings) {
  settings.temperature = call.temperature.value_or(settings.temperature);
  settings.top_k = call.top_k.value_or(settings.top_k);
  settings.top_p = call.top_p.value_or(settings.top_p);
  settings.min_p = call.min_p.value_or(settings.min_p);
  settings.repetition_penalty = call.repetition_penalty.value_or(settings.repetition_penalty);
  lm::Validate(settings);
  return settings;
}

double Seconds(steady_clock::time_point time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace

ApiError InterruptionError(Interruption why) {
  switch (why) {
    case Interruption::kTimeLimit:
      return {504, "time_limit", "the speech took longer than this server allows"};
    case Interruption::kShutdown:
      return {503, "shutdown", "this server is shutting down"};
    case Interruption::kSlowReader:
      return {408, "slow_reader", "the speech was not read for too long"};
    case Interruption::kAsked:
      return {499, "cancelled", "the client asked to stop"};
    default:
      return {499, "client_left", "the client has left"};
  }
}

void SpeechDesk::Watch() {
  const auto now = steady_clock::now();
  const std::lock_guard lock(mutex_);
  for (const Place* place : places_) {
    if (place->until_ <= now) place->interrupter_->Interrupt(Interruption::kTimeLimit);
  }
}

SpeechDesk::Place::Place(SpeechDesk& desk, std::shared_ptr<Interrupter> interrupter)
    : desk_(desk),
      interrupter_(std::move(interrupter)),
      until_(steady_clock::now() + desk.limits_.longest) {
  const int64_t most = desk.most_requests();
  const std::lock_guard lock(desk.mutex_);
  if (std::ssize(desk.places_) >= most) {
    throw ApiError(429, "queue_full",
                   StrCat("this server has ", most, " requests to speak already: try again"));
  }
  desk.places_.push_back(this);
}

SpeechDesk::Place::~Place() {
  const std::lock_guard lock(desk_.mutex_);
  std::erase(desk_.places_, this);
}

Speech::Speech(SpeechDesk& desk, const SpeechCall& call, std::shared_ptr<Interrupter> interrupter,
               int default_rate_hz)
    : desk_(desk), interrupter_(std::move(interrupter)), place_(desk, interrupter_) {
  model_ = desk.pool().Get(desk.pool().Find(call.model));
  request_ = MakeRequest(call, default_rate_hz);
  try {
    stream_.emplace(model_->engine().Submit(request_, {.queue_seconds = kQueueSeconds}));
  } catch (const Error& error) {
    // Those whose clients have left keep their places until the next step.
    if (error.code() == ErrorCode::kResourceExhausted &&
        model_->engine().scheduler().status().requests >= desk.most_requests()) {
      throw ApiError(429, "queue_full", "this server has as many requests as it takes: try again");
    }
    // Who speaks sentence by sentence wants to know which of them are none.
    const auto script = engine::MakeScript(request_, model_->engine().config().language_tags);
    if (!script.pieces.empty()) throw;
    throw ApiError(400, "nothing_to_speak", "input: the text has nothing to speak", "input");
  }
  on_stop_.emplace(interrupter_->token(), [this] { stream_->Cancel(); });
}

engine::SpeechRequest Speech::MakeRequest(const SpeechCall& call, int default_rate_hz) {
  engine::Engine& engine = model_->engine();
  engine::SpeechRequest request;
  request.text = call.input;
  request.language = call.language;
  request.sampling = Sampling(call, engine.default_sampling());
  // 32 bits, so that a seed is short to type and exact in every JSON reader.
  request.seed = call.seed ? *call.seed : std::random_device{}();
  request.speed = call.speed;
  request.max_seconds = call.max_seconds;
  request.max_chunk_characters = call.max_chunk_characters;
  const int usual_rate_hz = default_rate_hz > 0 ? default_rate_hz : engine.sample_rate_hz();
  request.output_sample_rate_hz = call.sample_rate_hz > 0 ? call.sample_rate_hz : usual_rate_hz;
  ChooseVoice(call, request);
  return request;
}

void Speech::ChooseVoice(const SpeechCall& call, engine::SpeechRequest& request) {
  VoiceLibrary& library = desk_.library();
  const ModelVoices& voices = model_->facts().voices;
  request.find_voice = [&library, &voices](std::string_view name) {
    return library.Find(voices, name, "input").voice;
  };
  if (call.voice.none()) {
    const text::Script script =
        engine::MakeScript(request, model_->engine().config().language_tags);
    request.voice =
        library.Default(voices, script.language.empty() ? script.base_language : script.language);
  } else if (call.voice.id != kRandomVoice && call.voice.id != kNoVoice) {
    request.voice = library.Resolve(voices, call.voice);
    request.fallback_language = request.voice->language;
  }
}

Speech::~Speech() {
  on_stop_.reset();  // waits for a call under way
  if (!stream_) return;
  if (!ended_) {
    stream_->Cancel();
    desk_.metrics().CountCancellation(NameOf(interrupter_->why()));
  }
  const engine::SpeechStats stats = stream_->stats();
  desk_.metrics().Observe({.first_audio_seconds = stats.first_audio_seconds.value_or(0),
                           .queue_wait_seconds = stats.queue_seconds.value_or(0),
                           .real_time_factor = ended_ ? stats.real_time_factor() : 0,
                           .audio_seconds = stats.audio_seconds,
                           .batch_size = batch_size_,
                           .underruns = playout_.underruns()});
}

bool Speech::Read(std::vector<float>& pcm) {
  const bool more = stream_->Read(pcm);
  if (interrupter_->why() != Interruption::kNone) throw InterruptionError(interrupter_->why());
  if (!more) {
    ended_ = true;
    return false;
  }
  if (batch_size_ == 0) batch_size_ = model_->engine().scheduler().status().pieces;
  playout_.Sent(Seconds(steady_clock::now()),
                static_cast<double>(pcm.size()) / request_.output_sample_rate_hz);
  return true;
}

std::string Speech::voice() const {
  return request_.voice ? request_.voice->name : std::string(kNoVoice);
}

}  // namespace kani::server
