#include "engine/scheduler.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace kani::engine {
namespace {

// Of a piece of 240 characters: a prompt of some 80 tokens and 42 s of four codebooks.
constexpr int64_t kUsualPieceRows = 2304;

int64_t RowLimit(const SchedulerLimits& limits, const model::LmConfig& config) {
  if (limits.kv_rows > 0) return limits.kv_rows;
  const auto frames =
      static_cast<int64_t>(static_cast<double>(config.max_position_embeddings) / config.audio_step);
  return std::max(limits.streams * kUsualPieceRows,
                  config.max_position_embeddings + frames * config.tokens.codebooks);
}

SchedulerLimits Checked(SchedulerLimits limits, const model::LmConfig& config) {
  if (limits.streams < 1 || limits.requests < 1 || limits.kv_rows < 0) {
    Fail(ErrorCode::kInvalidArgument, "scheduler of ", limits.streams, " streams, ",
         limits.requests, " requests and ", limits.kv_rows, " rows: expected at least 1, 1 and 0");
  }
  limits.kv_rows = RowLimit(limits, config);
  return limits;
}

}  // namespace

Scheduler::Scheduler(const SpeechModels& models, const SchedulerLimits& limits)
    : models_(models),
      limits_(Checked(limits, models.model.config())),
      pool_(models.ops.device(), lm::KvShapeOf(models.model.config())),
      prompts_(limits.prompt_cache_bytes) {}

Scheduler::~Scheduler() {
  TakeSubmitted();
  const Error gone(ErrorCode::kCancelled, "the engine was shut down before the speech was whole");
  for (const auto& job : jobs_) job->Fail(std::make_exception_ptr(gone));
}

SpeechStream Scheduler::Submit(SpeechRequest request, Plan plan, const Delivery& delivery,
                               Stopwatch clock) {
  if (delivery.pieces_at_once < 1 || !(delivery.queue_seconds > 0)) {
    Fail(ErrorCode::kInvalidArgument, "delivery of ", delivery.pieces_at_once,
         " pieces at once and a queue of ", delivery.queue_seconds,
         " s: expected at least 1 and more than 0");
  }
  const auto codec_rate_hz = static_cast<int>(models_.codec.config().sample_rate_hz);
  const int rate_hz =
      request.output_sample_rate_hz > 0 ? request.output_sample_rate_hz : codec_rate_hz;
  const double limit = std::clamp(delivery.queue_seconds * rate_hz, 1.0, 1e12);
  auto queue =
      std::make_shared<PcmQueue>(bell_, rate_hz, static_cast<size_t>(limit), std::move(clock));
  queue->Account([&](SpeechStats& stats) {
    stats.language = plan.language;
    for (const PlannedPiece& piece : plan.pieces) stats.pieces.push_back(piece.said);
  });
  for (size_t i = 0; i < plan.pieces.size(); ++i) {
    const lm::GenerationRequest piece = GenerationRequestOf(request, plan, i);
    models_.model.CheckRows(piece.prompt, piece.speaker_embedding);
    const int64_t rows = lm::RowsNeeded(piece, models_.model.config());
    if (rows > limits_.kv_rows) {
      Fail(ErrorCode::kResourceExhausted, "a piece of the text may come to ", rows,
           " rows, there is room for ", limits_.kv_rows);
    }
  }
  auto job = std::make_unique<SpeechJob>(std::move(request), std::move(plan),
                                         delivery.pieces_at_once, codec_rate_hz, queue);
  {
    const std::lock_guard lock(mutex_);
    if (status_.requests >= limits_.requests) {
      Fail(ErrorCode::kResourceExhausted, "there are ", status_.requests,
           " requests already, the most at once");
    }
    ++status_.requests;
    submitted_.push_back(std::move(job));
  }
  bell_->Ring();
  return SpeechStream(std::move(queue));
}

SchedulerStatus Scheduler::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void Scheduler::TakeSubmitted() {
  const std::lock_guard lock(mutex_);
  for (auto& job : submitted_) {
    job->turn = ++turn_;
    jobs_.push_back(std::move(job));
  }
  submitted_.clear();
}

bool Scheduler::Step() {
  bool active = false;
  try {
    TakeSubmitted();
    RemoveOver();
    StartPieces();
    active = Generate();
    active = Decode() || active;
  } catch (...) {  // no memory for our own lists: nothing is known of any request any more
    for (const auto& job : jobs_) job->Fail(std::current_exception());
  }
  RemoveOver();
  return active;
}

void Scheduler::RemoveOver() {
  std::erase_if(jobs_, [](const auto& job) { return job->over(); });
  const std::lock_guard lock(mutex_);
  status_.requests = std::ssize(jobs_) + std::ssize(submitted_);
  status_.pieces = 0;
  for (const auto& job : jobs_) status_.pieces += job->generating();
  status_.kv_rows = KvRows();
  status_.prompt_rows_saved = prompts_.saved_rows();
  status_.steps = steps_;
}

}  // namespace kani::engine
