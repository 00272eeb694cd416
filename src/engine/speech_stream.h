// What whoever submitted a request holds: its speech as it comes. Letting go of it cancels.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "engine/pcm_queue.h"
#include "engine/speech.h"

namespace kani::engine {

/// How the speech of a request is to come. Changes no sample.
struct Delivery {
  /// Pieces of a long text that are made side by side: 1 for a listener; more are for a file, whose
  /// last sample comes sooner and whose first may come later. At least 1.
  int64_t pieces_at_once = 1;
  /// PCM that waits to be read; with more than that the request pauses until some was. Above 0.
  double queue_seconds = 10;
};

/// The reader of one request, from one thread at a time; Cancel from any. May outlive the
/// scheduler, which ends it then.
class SpeechStream {
 public:
  explicit SpeechStream(std::shared_ptr<PcmQueue> queue) : queue_(std::move(queue)) {}
  ~SpeechStream() {
    if (queue_) queue_->Cancel();
  }
  SpeechStream(SpeechStream&&) = default;
  SpeechStream& operator=(SpeechStream&& other) noexcept {
    queue_.swap(other.queue_);
    return *this;
  }

  /// Replaces `pcm` by the next samples in [-1, 1], at least one, and waits for them. False at the
  /// end. Throws what ended this request too early: kInvalidFile for a damaged model or voice,
  /// kResourceExhausted, kCancelled when the scheduler is gone. REQUIRES that another thread drives
  /// the scheduler.
  bool Read(std::vector<float>& pcm) { return queue_->Read(pcm); }
  /// The same without waiting.
  ReadResult TryRead(std::vector<float>& pcm) { return queue_->TryRead(pcm); }
  /// The end is reached; nothing is generated for it after the step that is under way.
  void Cancel() { queue_->Cancel(); }
  /// As far as it has come; whole at the end. Seconds of audio are those that were read.
  SpeechStats stats() const { return queue_->stats(); }

 private:
  std::shared_ptr<PcmQueue> queue_;
};

}  // namespace kani::engine
