// One planned piece while it is spoken: a generation, a codec stream, and how far the
// second has followed the first. Whoever steps many of them decides whose turn it is.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "codec/codec.h"
#include "engine/plan.h"
#include "engine/speech.h"
#include "lm/generation.h"

namespace kani::engine {

class Utterance {
 public:
  /// The models and the pool must outlive it.
  /// @param index of the piece in its plan: pieces of one request draw different random numbers.
  Utterance(const lm::LanguageModel& model, kernels::KvPool& pool, const codec::Codec& codec,
            const SpeechRequest& request, const Plan& plan, size_t index);

  /// To be given to lm::StepGenerations until it is finished.
  lm::Generation& generation() { return generation_; }
  const lm::Generation& generation() const { return generation_; }
  /// Whether enough frames wait for the next chunk of PCM: the first is short so that it comes
  /// early, later ones double up to the request's largest.
  bool ChunkIsDue() const;
  /// Decodes all frames that wait and appends their samples to `pcm`.
  void DecodeChunk(kernels::Ops& ops, codec::Codec::Workspace& workspace, std::vector<float>& pcm);

 private:
  lm::Generation generation_;
  codec::Codec::DecoderStream decoder_;
  int64_t codebooks_;
  int64_t chunk_frames_;
  int64_t max_chunk_frames_;
  int64_t decoded_frames_ = 0;
  float gain_;
};

}  // namespace kani::engine
