// One utterance being generated: prompt, state, sampler; and the step that advances many of them at
// once.
#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>
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

/// Rows of state that it comes to need at most.
int64_t RowsNeeded(const GenerationRequest& request, const model::LmConfig& config);

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
  /// Why it was finished too early; null if it was not.
  std::exception_ptr failure() const { return failure_; }

  const GenerationRequest& request() const { return request_; }
  const DecodingState& state() const { return state_; }
  /// Rows of the prompt that are still to be fed; 0 once a token was chosen.
  int64_t prompt_rows_left() const {
    return tokens_.empty() ? std::ssize(pending_) - static_cast<int64_t>(fed_) : 0;
  }
  /// Begins behind the rows that `beginning` holds: the first ones of this prompt, spoken by this
  /// voice. REQUIRES that nothing was fed, and that rows of the prompt are left then.
  void StartAfter(const DecodingState& beginning);
  /// A step that comes to this row of the prompt ends there, so that state() can be copied.
  void EndStepAt(int64_t prompt_row) { border_ = static_cast<size_t>(prompt_row); }
  /// That row; 0: none.
  int64_t prompt_border() const { return static_cast<int64_t>(border_); }

 private:
  friend void StepGenerations(kernels::Ops&, const LanguageModel&, std::span<Generation* const>,
                              Workspace&, int64_t);
  void Choose(const LanguageModel& model, std::span<float> logits);
  /// What the next step feeds.
  std::span<const int32_t> NextRows(int64_t max_rows) const;

  GenerationRequest request_;
  int64_t codebooks_;
  DecodingState state_;
  Sampler sampler_;
  CounterRandom random_;
  std::vector<int32_t> pending_;  // rows to feed next
  size_t fed_ = 0;                // of these, already in the state
  size_t border_ = 0;             // of the prompt, where a step ends; 0: none
  std::vector<int32_t> tokens_;
  std::vector<int32_t> codes_;
  bool finished_ = false;
  bool ended_ = false;
  std::exception_ptr failure_;
};

/// Adds one audio token to every generation that is not finished: one pass over the weights for all
/// of them, whatever their lengths. A generation whose prompt has more than `max_rows` rows left
/// takes only so many of them in a step and no token yet, so that a long prompt neither holds up
/// the others nor needs a wide workspace; its tokens are the same for any `max_rows`. Each
/// generation's tokens are those it would have alone. Throws kInvalidFile when a generation's
/// logits are not finite: it is finished then, its failure() is set, and the others, which have
/// their token, go on.
void StepGenerations(kernels::Ops& ops, const LanguageModel& model,
                     std::span<Generation* const> generations, Workspace& workspace,
                     int64_t max_rows = std::numeric_limits<int64_t>::max());

}  // namespace kani::lm
