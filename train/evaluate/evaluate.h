// Looks at a model with clips it was not trained on.
#pragma once

#include <cstdint>
#include <span>

#include "train/data/held_out.h"
#include "train/distributed/process_group.h"
#include "train/evaluate/evaluation.h"
#include "train/lm/language_model.h"

namespace kani::train {

/// The original's number of EvaluationOptions::influence_samples.
inline constexpr int64_t kOfficialInfluenceSamples = 32;

struct EvaluationOptions {
  int64_t budget_tokens = 8192;  ///< of one forward pass; at least those of the longest clip
  /// Token influence costs this many backward passes a codebook; 0: none.
  int64_t influence_samples = 0;
};

/// Three forward passes over the clips: as they are, with wrong texts and with wrong voices. A
/// function of model and clips: how they are packed shows in rounding only. Leaves parameters and
/// gradients as they are.
/// Throws kInvalidArgument without clips, and as Pack does.
Evaluation Evaluate(const LanguageModel& model, std::span<const HeldOutClip> clips,
                    const EvaluationOptions& options = {});
/// The same work, shared by processes that all call it with the same model, clips and options: the
/// same bits in each of them as one process finds with as many threads.
Evaluation Evaluate(const LanguageModel& model, std::span<const HeldOutClip> clips,
                    const EvaluationOptions& options, ProcessGroup& processes);

}  // namespace kani::train
