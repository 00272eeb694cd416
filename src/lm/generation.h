// One utterance being generated: prompt, state, sampler; and the step that advances many of them at
// once.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "base/random.h"
#include "lm/decoding_state.h"
#include "lm/language_model.h"
#include "lm/sampler.h"

namespace kani::lm {

struct GenerationRequest {
  std::vector<int32_t> prompt;           ///< rows of text::BuildPrompt
  std::vector<float> speaker_embedding;  ///< empty without a speaker row
  SamplingSettings sampling;
  uint64_t seed = 0;
  uint64_t substream = 0;  ///< distinguishes the chunks of one long text
  int64_t max_frames = 0;  ///< stop reason kLengthLimit when reached
};

/// Used by one caller at a time; `model` and `pool` (of KvShapeOf its configuration) outlive it.
class Generation {
 public:
  Generation(const LanguageModel& model, kernels::KvPool& pool, GenerationRequest request);

  bool finished() const { return finished_; }
  /// True when end of speech was chosen, false when max_frames stopped it.
  bool ended() const { return ended_; }
  int64_t frames() const { return static_cast<int64_t>(codes_.size()) / codebooks_; }
  /// [frames, codebooks], whole frames only.
  std::span<const int32_t> codes() const;
  /// Audio tokens chosen, end of speech included.
  const std::vector<int32_t>& tokens() const { return tokens_; }

 private:
  friend void StepGenerations(kernels::Ops&, const LanguageModel&, std::span<Generation* const>,
                              Workspace&, int64_t);
  void Choose(const LanguageModel& model, std::span<float> logits);

  GenerationRequest request_;
  int64_t codebooks_;
  DecodingState state_;
  Sampler sampler_;
  CounterRandom random_;
  std::vector<int32_t> pending_;  // rows to feed next
  size_t fed_ = 0;                // of these, already in the state
  std::vector<int32_t> tokens_;
  std::vector<int32_t> codes_;
  bool finished_ = false;
  bool ended_ = false;
};

/// Adds one audio token to every generation that is not finished: one pass over the weights for all
/// of them, whatever their lengths. A generation whose prompt has more than `max_rows` rows left
/// takes only so many of them in a step and no token yet, so that a long prompt neither holds up
/// the others nor needs a wide workspace; its tokens are the same for any `max_rows`. Each
/// generation's tokens are those it would have alone. Throws kInvalidFile when a generation's
/// logits are not finite: it is finished then and the others, which have their token, go on.
void StepGenerations(kernels::Ops& ops, const LanguageModel& model,
                     std::span<Generation* const> generations, Workspace& workspace,
                     int64_t max_rows = std::numeric_limits<int64_t>::max());

}  // namespace kani::lm
