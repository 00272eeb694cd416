// Logits to one token: penalty, temperature, top-k, top-p, min-p, draw. The order is upstream's
// (transformers generate()), after the restriction to the tokens that are legal in this slot.
#pragma once

#include <cstdint>
#include <iterator>
#include <span>
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
  /// A row of a prompt that is no token, below 0, only takes its place in the window.
  void Add(int32_t token);
  /// @param token at least 0.
  bool Contains(int32_t token) const {
    return token < std::ssize(counts_) && counts_[static_cast<size_t>(token)] > 0;
  }

 private:
  void Count(int32_t token, int32_t change);

  int64_t window_;
  std::vector<int32_t> tokens_;
  std::vector<int32_t> counts_;  // by token, up to the largest that was added
};

/// Chooses the tokens of one utterance and remembers them for the penalty. Keeps its scratch, so
/// that a token costs no allocation once the longest vocabulary was seen. One caller at a time.
class Sampler {
 public:
  /// Throws as Validate.
  explicit Sampler(const SamplingSettings& settings);

  /// Counts a token that was not drawn here, one of the prompt: upstream's penalty looks at it too.
  void Remember(int32_t token) { history_.Add(token); }
  /// Draws with `uniform` in [0, 1) and remembers the token; greedy (lowest id at ties) for
  /// temperature 0.
  /// @param logits of the legal tokens [first_token, first_token + logits.size()); -infinity for
  /// one that is not.
  int32_t Sample(std::span<const float> logits, int32_t first_token, double uniform);
  /// What Sample draws from: a probability per logit, 0 where a step removed the token. At ties
  /// top-k keeps every token equal to the k-th. REQUIRES temperature > 0.
  std::vector<double> Probabilities(std::span<const float> logits, int32_t first_token);

 private:
  struct Candidate {
    size_t index;   // of its logit
    double weight;  // exp(score - best), above 0
  };

  void Score(std::span<const float> logits, int32_t first_token);
  double LowestOfTopK();
  void KeepTopP();
  void KeepCandidates();
  double TotalWeight() const;

  SamplingSettings settings_;
  TokenHistory history_;
  std::vector<double> scores_;         // of every legal token
  std::vector<Candidate> candidates_;  // by index
  std::vector<double> ordered_;        // top-k: a heap of scores; top-p: weights, ascending
};

}  // namespace kani::lm
