// Many requests at once on one device: between the steps of the language model requests start and
// leave, and frames become PCM.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "engine/bell.h"
#include "engine/plan.h"
#include "engine/prompt_cache.h"
#include "engine/speech.h"
#include "engine/speech_job.h"
#include "engine/speech_stream.h"
#include "engine/stopwatch.h"
#include "kernels/kv_cache.h"

namespace kani::engine {

struct SchedulerLimits {
  int64_t streams = 16;   ///< pieces that one step advances
  int64_t requests = 64;  ///< that were submitted and are not over
  /// Rows of keys and values that all pieces under way may come to need together, in use or not; 0
  /// = those of `streams` pieces of the usual length, and of the longest that the model takes.
  int64_t kv_rows = 0;
  size_t prompt_cache_bytes = 32 << 20;  ///< of beginnings of prompts (PromptCache); 0 = none
};

/// What a scheduler is at.
struct SchedulerStatus {
  int64_t requests = 0;  ///< submitted and not over
  int64_t pieces = 0;    ///< that tokens are generated for
  int64_t kv_rows = 0;   ///< that these may come to need
  int64_t prompt_rows_saved = 0;
  int64_t steps = 0;  ///< of the language model
};

/// The samples of a request are those of the same request alone, whatever starts, leaves, pauses or
/// is cancelled beside it. Submit, status and Wake from any thread; Step and WaitForWork from one
/// at a time, which may change.
class Scheduler {
 public:
  /// What `models` refers to outlives it.
  Scheduler(const SpeechModels& models, const SchedulerLimits& limits);
  /// Requests that are not over end with kCancelled.
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// @param plan of the request.
  /// @param clock started with the request.
  /// Throws kResourceExhausted when `requests` are there or a piece needs more than `kv_rows`;
  /// kInvalidArgument for a delivery, a speed or a sample rate out of range, or a voice of another
  /// size; kUnsupported for a voice where the model takes none.
  SpeechStream Submit(SpeechRequest request, Plan plan, const Delivery& delivery, Stopwatch clock);

  /// At most one step of the language model for all pieces under way, then the PCM that is due: the
  /// first of a request at once, of the others no more than keeps up with the steps. False when
  /// nothing was to be done: nothing will be until something was submitted, read or cancelled.
  bool Step();
  /// Changes whenever Step may have something to do again.
  uint32_t rings() const { return bell_->rings(); }
  /// Returns once that was so since `rings` was read.
  void WaitForWork(uint32_t rings) const { bell_->Wait(rings); }
  void Wake() { bell_->Ring(); }

  SchedulerStatus status() const;
  /// Whether a SchedulerThread calls Step.
  bool driven() const { return driven_.load(); }

 private:
  friend class SchedulerThread;
  struct Chosen {
    SpeechJob* job;
    Utterance* piece;
  };

  int64_t KvRows() const;
  void TakeSubmitted();
  void StartPieces();
  SpeechJob* NextToStart() const;
  bool MakeRoom(const SpeechJob& job, int64_t rows);
  int64_t PiecesToStep() const;
  std::vector<Chosen> ChooseBatch() const;
  bool Generate();
  bool Decode();
  std::vector<SpeechJob*> ChooseChunks(int64_t latest, int64_t frames) const;
  void DecodeChunks(std::span<SpeechJob* const> jobs);
  void RemoveOver();

  const SpeechModels models_;
  const SchedulerLimits limits_;
  const std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  std::atomic<bool> driven_{false};
  kernels::KvPool pool_;
  PromptCache prompts_;
  lm::Workspace workspace_;
  codec::Codec::Workspace codec_workspace_;
  std::vector<std::unique_ptr<SpeechJob>> jobs_;  // in the order they came
  int64_t turn_ = 0;
  int64_t steps_ = 0;

  mutable std::mutex mutex_;  // of what follows
  std::vector<std::unique_ptr<SpeechJob>> submitted_;
  SchedulerStatus status_;
};

}  // namespace kani::engine
