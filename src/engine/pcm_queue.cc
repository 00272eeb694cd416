#include "engine/pcm_queue.h"

#include <utility>

namespace kani::engine {

PcmQueue::PcmQueue(std::shared_ptr<Bell> room, int sample_rate_hz, size_t limit_samples,
                   Stopwatch clock)
    : room_(std::move(room)),
      sample_rate_hz_(sample_rate_hz),
      limit_samples_(limit_samples),
      clock_(clock) {}

bool PcmQueue::full() const {
  const std::lock_guard lock(mutex_);
  return samples_ >= limit_samples_;
}

bool PcmQueue::cancelled() const {
  const std::lock_guard lock(mutex_);
  return cancelled_;
}

void PcmQueue::Push(std::vector<float> samples) {
  const std::lock_guard lock(mutex_);
  if (samples.empty() || cancelled_ || closed_) return;
  if (!stats_.first_audio_seconds) stats_.first_audio_seconds = clock_.Seconds();
  samples_ += samples.size();
  chunks_.push_back(std::move(samples));
  changed_.notify_all();
}

void PcmQueue::Close(std::exception_ptr error) {
  const std::lock_guard lock(mutex_);
  if (closed_ || cancelled_) return;
  closed_ = true;
  error_ = std::move(error);
  stats_.total_seconds = clock_.Seconds();
  changed_.notify_all();
}

/// REQUIRES that `lock` holds the mutex.
ReadResult PcmQueue::Take(std::unique_lock<std::mutex>& lock, std::vector<float>& pcm) {
  pcm.clear();
  if (!chunks_.empty()) {
    pcm = std::move(chunks_.front());
    chunks_.pop_front();
    samples_ -= pcm.size();
    read_samples_ += pcm.size();
    lock.unlock();
    room_->Ring();
    return ReadResult::kPcm;
  }
  told_ = closed_ || cancelled_;
  if (error_) std::rethrow_exception(error_);
  return closed_ || cancelled_ ? ReadResult::kEnd : ReadResult::kNothingYet;
}

ReadResult PcmQueue::TryRead(std::vector<float>& pcm) {
  std::unique_lock lock(mutex_);
  return Take(lock, pcm);
}

bool PcmQueue::Read(std::vector<float>& pcm) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !chunks_.empty() || closed_ || cancelled_; });
  return Take(lock, pcm) == ReadResult::kPcm;
}

void PcmQueue::Cancel() {
  {
    const std::lock_guard lock(mutex_);
    if (cancelled_ || told_) return;
    cancelled_ = true;
    error_ = nullptr;
    chunks_.clear();
    samples_ = 0;
    stats_.stop_reason = StopReason::kCancelled;
    stats_.total_seconds = clock_.Seconds();
    changed_.notify_all();
  }
  room_->Ring();
}

SpeechStats PcmQueue::stats() const {
  const std::lock_guard lock(mutex_);
  SpeechStats stats = stats_;
  stats.audio_seconds = static_cast<double>(read_samples_) / sample_rate_hz_;
  return stats;
}

}  // namespace kani::engine
