// Logits to one token: penalty, temperature, top-k, top-p, min-p, draw. The order is upstream's
// (transformers generate()), after the restriction to the tokens that are legal in this slot.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace kani::lm {

struct SamplingSettings {
  double temperature = 1.0;         ///< 0 = greedy; else > 0
  int64_t top_k = 50;               ///< 0 = off
  double top_p = 0.95;              ///< (0, 1]; 1 = off
  double min_p = 0.0;               ///< [0, 1); 0 = off
  double repetition_penalty = 1.1;  ///< > 0; 1 = off
  int64_t repetition_window = 0;    ///< last tokens the penalty looks at; 0 = all
};
/// Throws kInvalidArgument naming the setting, its range and what was found.
void Validate(const SamplingSettings& settings);

/// How often each token occurs among those the penalty looks at; O(1) per step.
class TokenHistory {
 public:
  explicit TokenHistory(int64_t window) : window_(window) {}
  void Add(int32_t token);
  bool Contains(int32_t token) const { return counts_.contains(token); }

 private:
  int64_t window_;
  std::vector<int32_t> tokens_;
  std::unordered_map<int32_t, int32_t> counts_;
};

/// Probabilities after all steps over the legal tokens [first_token, first_token + logits.size()),
/// 0 where a step removed the token. At ties top-k keeps every token equal to the k-th.
std::vector<double> Probabilities(std::span<const float> logits, int32_t first_token,
                                  const TokenHistory& history, const SamplingSettings& settings);

/// Draws with `uniform` in [0, 1); greedy (lowest id at ties) for temperature 0.
/// @return an id in [first_token, first_token + logits.size()).
int32_t Sample(std::span<const float> logits, int32_t first_token, const TokenHistory& history,
               const SamplingSettings& settings, double uniform);

}  // namespace kani::lm
