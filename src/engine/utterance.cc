#include "engine/utterance.h"

#include <algorithm>

namespace kani::engine {
namespace {

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

}  // namespace

Utterance::Utterance(const lm::LanguageModel& model, kernels::KvPool& pool,
                     const codec::Codec& codec, const SpeechRequest& request, const Plan& plan,
                     size_t index)
    : generation_(model, pool, GenerationRequestOf(request, plan, index)),
      decoder_(codec),
      codebooks_(model.config().tokens.codebooks),
      chunk_frames_(request.first_chunk_frames),
      max_chunk_frames_(request.max_chunk_frames),
      gain_(static_cast<float>(plan.pieces[index].said.gain)) {}

bool Utterance::ChunkIsDue() const {
  const int64_t waiting = generation_.frames() - decoded_frames_;
  return waiting > 0 && (waiting >= chunk_frames_ || generation_.finished());
}

void Utterance::DecodeChunk(kernels::Ops& ops, codec::Codec::Workspace& workspace,
                            std::vector<float>& pcm) {
  const auto begin = static_cast<size_t>(decoded_frames_ * codebooks_);
  const size_t earlier = pcm.size();
  decoder_.Decode(ops, workspace, generation_.codes().subspan(begin), pcm);
  if (gain_ != 1) {
    for (float& sample : std::span(pcm).subspan(earlier)) {
      sample = std::clamp(sample * gain_, -1.0f, 1.0f);
    }
  }
  decoded_frames_ = generation_.frames();
  chunk_frames_ = std::min(chunk_frames_ * 2, max_chunk_frames_);
}

}  // namespace kani::engine
