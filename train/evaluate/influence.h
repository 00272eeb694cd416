// Which input rows a prediction of a code depends on, by the gradient of its loss.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "train/distributed/process_group.h"
#include "train/evaluate/evaluation.h"
#include "train/lm/language_model.h"

namespace kani::train {

/// The original's token influence: for `samples` randomly chosen targets of each codebook the L2
/// norm of the gradient of the target's loss with respect to each embedded row before it. Unlike
/// there, positions and speaker row are those of training, and the gradients of the parameters stay
/// as they are. Costs one backward pass a sample.
/// @param processes that share the work: the same bits in each as one process finds
/// @return [Q]; a codebook without targets gets zeros
std::vector<Influence> TokenInfluence(const LanguageModel& model, std::span<const Clip> clips,
                                      int64_t samples, uint64_t seed, ProcessGroup& processes);

}  // namespace kani::train
