// The learned scale of positions in each attention layer, to be watched.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "train/lm/language_model.h"

namespace kani::train {

/// Under the original's names: rope_alpha/layer_2/value and raw_weight, rope_grad/layer_2/norm of
/// the gradient that is there, rope_alpha/mean, min, max and std (of the sample) over the layers.
/// Empty for a model without scales.
std::vector<std::pair<std::string, double>> RopeScaleMetrics(const LanguageModel& model);

}  // namespace kani::train
