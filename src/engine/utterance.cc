#include "engine/utterance.h"

#include <algorithm>

namespace kani::engine {

lm::GenerationRequest GenerationRequestOf(const SpeechRequest& request, const Plan& plan,
                                          size_t index) {
  const PlannedPiece& piece = plan.pieces[index];
  lm::GenerationRequest out;
  out.prompt = piece.prompt;
  if (piece.voice) out.speaker_embedding = plan.voices[*piece.voice].embedding;
  out.sampling = request.sampling;
  out.seed = request.seed;
  out.substream = index;
  out.max_frames = piece.max_frames;
  return out;
}

Utterance::Utterance(const lm::LanguageModel& model, kernels::KvPool& pool,
                     const codec::Codec& codec, const SpeechRequest& request, const Plan& plan,
                     size_t index)
    : codec_(codec),
      codebooks_(model.config().tokens.codebooks),
      next_chunk_frames_(request.first_chunk_frames),
      max_chunk_frames_(request.max_chunk_frames),
      gain_(static_cast<float>(plan.pieces[index].said.gain)) {
  generation_.emplace(model, pool, GenerationRequestOf(request, plan, index));
  rows_ = lm::RowsNeeded(generation_->request(), model.config());
}

void Utterance::KeepCodes() {
  codes_.assign(generation_->codes().begin(), generation_->codes().end());
  prompt_tokens_ = std::ssize(generation_->request().prompt);
  audio_tokens_ = std::ssize(generation_->tokens());
  ended_ = generation_->ended();
  generation_.reset();
}

std::span<const int32_t> Utterance::codes() const {
  return generating() ? generation_->codes() : std::span(codes_);
}

bool Utterance::ChunkIsDue() const {
  const int64_t waiting = frames() - decoded_frames_;
  return waiting > 0 && (waiting >= next_chunk_frames_ || !generating());
}

int64_t Utterance::chunk_frames() const {
  return std::min(frames() - decoded_frames_, std::max(next_chunk_frames_, max_chunk_frames_));
}

codec::Codec::StreamFrames Utterance::NextChunk(std::vector<float>& pcm) {
  if (!decoder_) decoder_.emplace(codec_);
  return {.stream = &*decoder_,
          .codes = codes().subspan(static_cast<size_t>(decoded_frames_ * codebooks_),
                                   static_cast<size_t>(chunk_frames() * codebooks_)),
          .out = &pcm};
}

void Utterance::AfterChunk(std::span<float> pcm) {
  if (gain_ != 1) {
    for (float& sample : pcm) sample = std::clamp(sample * gain_, -1.0f, 1.0f);
  }
  decoded_frames_ += chunk_frames();
  next_chunk_frames_ = std::min(next_chunk_frames_ * 2, max_chunk_frames_);
}

}  // namespace kani::engine
