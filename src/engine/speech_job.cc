#include "engine/speech_job.h"

#include <algorithm>
#include <utility>

namespace kani::engine {
namespace {

// Pieces that are made ahead of their turn, as a multiple of those that are made at once: a long
// one in front does not hold up the others at once, and a reader who stops stops them soon.
constexpr int64_t kWindow = 2;

}  // namespace

SpeechJob::SpeechJob(SpeechRequest request, Plan plan, int64_t pieces_at_once, int codec_rate_hz,
                     std::shared_ptr<PcmQueue> queue)
    : request_(std::move(request)),
      plan_(std::move(plan)),
      pieces_at_once_(pieces_at_once),
      output_(std::move(queue), request_.speed, codec_rate_hz,
              request_.output_sample_rate_hz > 0 ? request_.output_sample_rate_hz : codec_rate_hz),
      pieces_(plan_.pieces.size()) {}

size_t SpeechJob::WindowEnd() const {
  const int64_t window = pieces_at_once_ > 1 ? kWindow * pieces_at_once_ : 1;
  return std::min(pieces_.size(), front_ + static_cast<size_t>(window));
}

int64_t SpeechJob::NextPiece() const {
  if (paused() || generating() >= pieces_at_once_) return -1;
  for (size_t i = front_; i < WindowEnd(); ++i) {
    if (!pieces_[i]) return static_cast<int64_t>(i);
  }
  return -1;
}

int64_t SpeechJob::RowsOfPiece(const model::LmConfig& config, int64_t index) const {
  return lm::RowsNeeded(GenerationRequestOf(request_, plan_, static_cast<size_t>(index)), config);
}

Utterance& SpeechJob::StartPiece(const SpeechModels& models, kernels::KvPool& pool, int64_t index) {
  const auto i = static_cast<size_t>(index);
  pieces_[i] = std::make_unique<Utterance>(models.model, pool, models.codec, request_, plan_, i);
  queue().Account([&](SpeechStats& stats) {
    if (!stats.queue_seconds) stats.queue_seconds = queue().seconds();
  });
  return *pieces_[i];
}

void SpeechJob::DropLastPiece() {
  const auto last = std::find_if(pieces_.rbegin(), pieces_.rend(),
                                 [](const auto& piece) { return piece && piece->generating(); });
  last->reset();
}

std::vector<Utterance*> SpeechJob::Generating() const {
  std::vector<Utterance*> generating;
  for (size_t i = front_; i < WindowEnd(); ++i) {
    if (pieces_[i] && pieces_[i]->generating()) generating.push_back(pieces_[i].get());
  }
  return generating;
}

int64_t SpeechJob::rows() const {
  int64_t rows = 0;
  for (const Utterance* piece : Generating()) rows += piece->rows();
  return rows;
}

void SpeechJob::AfterStep(double seconds) {
  queue().Account([&](SpeechStats& stats) { stats.lm_seconds += seconds; });
  for (Utterance* piece : Generating()) {
    if (piece->generation().failure()) return Fail(piece->generation().failure());
    if (piece->generation().finished()) piece->KeepCodes();
  }
  EndPiece();  // all of it may have been decoded before its end came
}

/// The piece whose turn it is; null as long as it has not started.
const Utterance* SpeechJob::front() const {
  return front_ < pieces_.size() ? pieces_[front_].get() : nullptr;
}

bool SpeechJob::ChunkIsDue() const {
  return !over() && !paused() && front() != nullptr && front()->ChunkIsDue();
}

bool SpeechJob::ChunkWillCome() const {
  return !over() && !paused() && front() != nullptr && !front()->ChunkIsDue();
}

codec::Codec::StreamFrames SpeechJob::NextChunk() {
  chunk_.clear();
  return pieces_[front_]->NextChunk(chunk_);
}

void SpeechJob::AfterChunk(const codec::Codec::StreamFrames& chunk, double seconds) {
  try {
    if (chunk.failure) std::rethrow_exception(chunk.failure);
    pieces_[front_]->AfterChunk(chunk_);
    queue().Account([&](SpeechStats& stats) { stats.codec_seconds += seconds; });
    if (std::exchange(silent_, false)) SendPause(plan_.pause_before_samples);
    output_.Send(chunk_);
    EndPiece();
  } catch (...) {
    Fail(std::current_exception());
  }
}

void SpeechJob::SendPause(int64_t samples) {
  output_.Send(std::vector<float>(static_cast<size_t>(samples)));
}

/// Moves on from a piece that was spoken, and ends the job behind the last.
void SpeechJob::EndPiece() {
  if (front() == nullptr || !front()->spoken()) return;
  const Utterance& piece = *front();
  SendPause(plan_.pieces[front_].pause_samples);
  queue().Account([&](SpeechStats& stats) {
    ++stats.text_chunks;
    stats.prompt_tokens += piece.prompt_tokens();
    stats.audio_tokens += piece.audio_tokens();
    stats.frames += piece.frames();
    if (!piece.ended()) stats.stop_reason = StopReason::kLengthLimit;
  });
  pieces_[front_++].reset();
  if (front_ < pieces_.size()) return;
  output_.Finish();
  over_ = true;
}

void SpeechJob::Fail(std::exception_ptr error) {
  queue().Close(std::move(error));
  over_ = true;
}

}  // namespace kani::engine
