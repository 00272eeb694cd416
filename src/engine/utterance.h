// One planned piece while it is spoken: a generation, a codec stream, and how far the
// second has followed the first. Whoever steps many of them decides whose turn it is.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "codec/codec.h"
#include "engine/plan.h"
#include "engine/speech.h"
#include "lm/generation.h"

namespace kani::engine {

/// What the language model is asked for piece `index` of a plan: pieces of one request draw
/// different random numbers.
lm::GenerationRequest GenerationRequestOf(const SpeechRequest& request, const Plan& plan,
                                          size_t index);

class Utterance {
 public:
  /// The models and the pool must outlive it.
  Utterance(const lm::LanguageModel& model, kernels::KvPool& pool, const codec::Codec& codec,
            const SpeechRequest& request, const Plan& plan, size_t index);

  /// Whether tokens are still to come.
  bool generating() const { return generation_.has_value(); }
  /// To be given to lm::StepGenerations. REQUIRES generating().
  lm::Generation& generation() { return *generation_; }
  const lm::Generation& generation() const { return *generation_; }
  /// Ends generating(): the codes stay, the memory of keys and values is given back. REQUIRES that
  /// the stream is finished.
  void KeepCodes();
  /// Rows of keys and values that it holds or may come to need.
  int64_t rows() const { return generating() ? rows_ : 0; }

  int64_t frames() const { return std::ssize(codes()) / codebooks_; }
  /// Of the finished stream.
  int64_t prompt_tokens() const { return prompt_tokens_; }
  int64_t audio_tokens() const { return audio_tokens_; }
  /// False when the length limit ended it.
  bool ended() const { return ended_; }

  /// Whether enough frames wait for the next chunk of PCM: the first is short so that it comes
  /// early, later ones double up to the request's largest.
  bool ChunkIsDue() const;
  /// Frames of the chunk that waits: at most the request's largest.
  int64_t chunk_frames() const;
  /// That chunk, for codec::Codec::DecodeStreams. REQUIRES ChunkIsDue().
  /// @param pcm that it is appended to.
  codec::Codec::StreamFrames NextChunk(std::vector<float>& pcm);
  /// Notes that it was decoded. @param pcm that came of it, made as loud as it is to be.
  void AfterChunk(std::span<float> pcm);
  /// Whether all of it was decoded.
  bool spoken() const { return !generating() && decoded_frames_ == frames(); }

  // Kept by who steps it: order in which it started, and the number of its last step.
  int64_t started = 0;
  int64_t last_step = 0;

 private:
  std::span<const int32_t> codes() const;

  const codec::Codec& codec_;
  std::optional<lm::Generation> generation_;
  std::optional<codec::Codec::DecoderStream> decoder_;  // made when it is first needed
  std::vector<int32_t> codes_;                          // once the stream is gone
  int64_t codebooks_;
  int64_t rows_;
  int64_t prompt_tokens_ = 0;
  int64_t audio_tokens_ = 0;
  bool ended_ = false;
  int64_t next_chunk_frames_;
  int64_t max_chunk_frames_;
  int64_t decoded_frames_ = 0;
  float gain_;
};

}  // namespace kani::engine
