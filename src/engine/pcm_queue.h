// The PCM of one request between who makes it and who reads it: bounded, cancellable, and with the
// account of what was done.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/bell.h"
#include "engine/speech.h"
#include "engine/stopwatch.h"

namespace kani::engine {

enum class ReadResult { kPcm, kNothingYet, kEnd };

/// One writer, one reader, each from a thread of its own or not. The writer never waits: it looks
/// whether the queue is full before it makes more.
class PcmQueue {
 public:
  /// @param room rung whenever the writer may have something to do: PCM was read, or the reader
  /// cancelled.
  /// @param limit_samples full from there on.
  /// @param clock started with the request.
  PcmQueue(std::shared_ptr<Bell> room, int sample_rate_hz, size_t limit_samples, Stopwatch clock);

  // The writer's side.
  bool full() const;
  bool cancelled() const;
  /// Takes it even when full. Nothing happens for no samples, nor after the reader cancelled.
  void Push(std::vector<float> samples);
  /// Changes the account: change(SpeechStats&). Seconds of audio and of the clock are kept here.
  template <typename Change>
  void Account(const Change& change) {
    const std::lock_guard lock(mutex_);
    if (!cancelled_) change(stats_);
  }
  /// Of the request's clock.
  double seconds() const { return clock_.Seconds(); }
  /// There is no more to come; what was pushed is still read. The first call counts.
  /// @param error that the reader gets at the end, or null.
  void Close(std::exception_ptr error = {});

  // The reader's side.
  /// Replaces `pcm` by what comes next. Throws the error that closed the queue when all before it
  /// was read.
  ReadResult TryRead(std::vector<float>& pcm);
  /// Waits for it. False at the end.
  bool Read(std::vector<float>& pcm);
  /// The end is reached, what was not read is dropped. Too late once the reader was told of it.
  void Cancel();
  SpeechStats stats() const;

 private:
  ReadResult Take(std::unique_lock<std::mutex>& lock, std::vector<float>& pcm);

  const std::shared_ptr<Bell> room_;
  const int sample_rate_hz_;
  const size_t limit_samples_;
  const Stopwatch clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::vector<float>> chunks_;
  size_t samples_ = 0;       // in the queue
  size_t read_samples_ = 0;  // that left it
  bool closed_ = false;
  bool cancelled_ = false;
  bool told_ = false;  // the reader knows that this is the end
  std::exception_ptr error_;
  SpeechStats stats_;
};

}  // namespace kani::engine
