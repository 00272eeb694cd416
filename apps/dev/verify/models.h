// Small helpers that several kinds of parity cases share.
#pragma once

#include <algorithm>
#include <vector>

#include "apps/dev/verify/parity_case.h"
#include "kernels/ops.h"
#include "lm/language_model.h"

namespace kani::dev {

/// Decodes greedily, one row a step, and keeps the logits that each token was chosen from.
class GreedyDecoder {
 public:
  /// Reads the prompt; with a voice the speaker row goes to index 1.
  GreedyDecoder(kernels::Ops& ops, const lm::LanguageModel& model, std::span<const int32_t> prompt,
                std::span<const float> voice, int64_t max_rows);
  /// Logits over the whole vocabulary for the next token.
  const std::vector<float>& logits() const { return logits_; }
  /// Best token in [begin, end); the lowest id at ties.
  int32_t Best(int32_t begin, int32_t end) const {
    const auto best = std::max_element(logits_.begin() + begin, logits_.begin() + end);
    return static_cast<int32_t>(best - logits_.begin());
  }
  void Feed(int32_t token);

 private:
  void Run(std::span<const int32_t> rows);
  kernels::Ops& ops_;
  const lm::LanguageModel& model_;
  std::vector<float> voice_;
  kernels::KvPool pool_;
  lm::DecodingState state_;
  lm::Workspace workspace_;
  std::vector<float> logits_;
};

/// Codes [Q, F] as the goldens store them, from and to [F, Q].
std::vector<int32_t> Transposed(std::span<const int32_t> values, int64_t rows, int64_t columns);

}  // namespace kani::dev
