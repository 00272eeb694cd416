// One speech from the call to its last sample: which model, which voice, its place in the queue,
// and what is counted of it. The same for every protocol.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "apps/server/api_error.h"
#include "apps/server/interrupter.h"
#include "apps/server/metrics.h"
#include "apps/server/model_pool.h"
#include "apps/server/playout.h"
#include "apps/server/speech_request.h"
#include "apps/server/voice_library.h"
#include "engine/speech.h"
#include "engine/speech_stream.h"

namespace kani::server {

struct SpeechLimits {
  int64_t streams = 16;               ///< that are made side by side
  int64_t queue = 48;                 ///< that wait beyond those
  std::chrono::seconds longest{600};  ///< from the call to its last byte
};

/// What speeches share. Thread-safe.
class SpeechDesk {
 public:
  SpeechDesk(ModelPool& pool, VoiceLibrary& library, Metrics& metrics, SpeechLimits limits)
      : pool_(pool), library_(library), metrics_(metrics), limits_(limits) {}

  ModelPool& pool() { return pool_; }
  VoiceLibrary& library() { return library_; }
  Metrics& metrics() { return metrics_; }
  /// That are made or wait.
  int64_t speeches() const {
    const std::lock_guard lock(mutex_);
    return std::ssize(places_);
  }

  /// Interrupts what took longer than it may. To be called a few times a second.
  void Watch();
  /// That are spoken or wait.
  int64_t most_requests() const { return limits_.streams + limits_.queue; }

 private:
  friend class Speech;
  /// A place among those that are made or wait, for some time; given back when it is destroyed.
  class Place {
   public:
    Place(SpeechDesk& desk, std::shared_ptr<Interrupter> interrupter);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    friend class SpeechDesk;
    SpeechDesk& desk_;
    const std::shared_ptr<Interrupter> interrupter_;
    const std::chrono::steady_clock::time_point until_;
  };

  ModelPool& pool_;
  VoiceLibrary& library_;
  Metrics& metrics_;
  const SpeechLimits limits_;
  mutable std::mutex mutex_;
  std::vector<Place*> places_;
};

/// Used by one thread; its Interrupter by any.
class Speech {
 public:
  /// Lines it up. Throws ApiError: 404 for an unknown model or voice, 400 for a language, a setting
  /// or a text that cannot be spoken, 429 when the queue is full.
  /// @param default_rate_hz where the call names no rate; 0 = the model's
  Speech(SpeechDesk& desk, const SpeechCall& call, std::shared_ptr<Interrupter> interrupter,
         int default_rate_hz = 0);
  ~Speech();
  Speech(const Speech&) = delete;
  Speech& operator=(const Speech&) = delete;

  /// Replaces `pcm` by what comes next, and waits for it; false at the end. Throws ApiError when it
  /// was interrupted, and what the engine throws.
  bool Read(std::vector<float>& pcm);

  const std::string& model() const { return model_->facts().name; }
  /// The real one, whatever alias it was asked by; "none" where the model picks a speaker.
  std::string voice() const;
  uint64_t seed() const { return request_.seed; }
  int sample_rate_hz() const { return request_.output_sample_rate_hz; }
  /// As far as it has come; whole when Read has returned false.
  engine::SpeechStats stats() const { return stream_->stats(); }

 private:
  engine::SpeechRequest MakeRequest(const SpeechCall& call, int default_rate_hz);
  void ChooseVoice(const SpeechCall& call, engine::SpeechRequest& request);

  SpeechDesk& desk_;
  const std::shared_ptr<Interrupter> interrupter_;
  SpeechDesk::Place place_;
  std::shared_ptr<LoadedModel> model_;  // outlives the stream
  engine::SpeechRequest request_;
  std::optional<engine::SpeechStream> stream_;
  std::optional<std::stop_callback<std::function<void()>>> on_stop_;
  Playout playout_;
  int64_t batch_size_ = 0;
  bool ended_ = false;
};

/// What an interrupted speech tells its client. REQUIRES that there was a reason.
ApiError InterruptionError(Interruption why);

}  // namespace kani::server
