// One utterance being generated: prompt, state, sampler; and the step that advances many of them at
// once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "lm/decoding_state.h"
#include "lm/language_model.h"
#include "lm/sampler.h"

namespace kani::lm {

struct StreamRequest {
  std::vector<int32_t> prompt;           ///< rows of text::BuildPrompt
  std::vector<float> speaker_embedding;  ///< empty without a speaker row
  SamplingSettings sampling;
  uint64_t seed = 0;
  uint64_t substream = 0;  ///< distinguishes the chunks of one long text
  int64_t max_frames = 0;  ///< stop reason kLengthLimit when reached
};

class Stream {
 public:
  Stream(const LanguageModel& model, StreamRequest request);

  bool finished() const { return finished_; }
  /// True when end of speech was chosen, false when max_frames stopped it.
  bool ended() const { return ended_; }
  int64_t frames() const { return static_cast<int64_t>(codes_.size()) / codebooks_; }
  /// [frames, codebooks], whole frames only.
  std::span<const int32_t> codes() const;
  /// Audio tokens chosen, end of speech included.
  const std::vector<int32_t>& tokens() const { return tokens_; }

 private:
  friend void StepStreams(const LanguageModel&, std::span<Stream* const>, Workspace&);
  void Choose(const LanguageModel& model, std::span<float> logits);

  StreamRequest request_;
  int64_t codebooks_;
  DecodingState state_;
  Sampler sampler_;
  CounterRandom random_;
  std::vector<int32_t> pending_;  // rows to feed next
  std::vector<int32_t> tokens_;
  std::vector<int32_t> codes_;
  bool finished_ = false;
  bool ended_ = false;
};

/// Adds one audio token to every stream that is not finished: one pass over the weights for all of
/// them, whatever their lengths. Each stream's tokens are those it would have alone. Throws
/// kInvalidFile when a stream's logits are not finite: it is finished then and the others, which
/// have their token, go on.
void StepStreams(const LanguageModel& model, std::span<Stream* const> streams,
                 Workspace& workspace);

}  // namespace kani::lm
