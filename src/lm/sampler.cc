#include "lm/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/elementary.h"
#include "base/error.h"

namespace kani::lm {
namespace {

constexpr double kRemoved = -std::numeric_limits<double>::infinity();

void RequireRange(bool inside, std::string_view name, std::string_view range, double found) {
  if (!inside) {
    Fail(ErrorCode::kInvalidArgument, name, ": expected ", range, ", found ", found);
  }
}

/// Once per distinct token: positive scores are divided, others multiplied.
void PenaliseRepetition(std::span<double> scores, int32_t first_token, const TokenHistory& history,
                        double penalty) {
  if (penalty == 1.0) return;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (!history.Contains(first_token + static_cast<int32_t>(i))) continue;
    scores[i] = scores[i] > 0 ? scores[i] / penalty : scores[i] * penalty;
  }
}

/// Keeps the k best and every score equal to the k-th.
void KeepTopK(std::span<double> scores, int64_t k) {
  if (k <= 0 || static_cast<size_t>(k) >= scores.size()) return;
  std::vector<double> sorted(scores.begin(), scores.end());
  std::nth_element(sorted.begin(), sorted.begin() + (k - 1), sorted.end(), std::greater<>());
  const double kth = sorted[static_cast<size_t>(k - 1)];
  for (double& score : scores) {
    if (score < kth) score = kRemoved;
  }
}

/// exp(score - best) of every score; 0 for removed ones.
std::vector<double> Unnormalised(std::span<const double> scores) {
  const double best = *std::max_element(scores.begin(), scores.end());
  std::vector<double> weights(scores.size());
  for (size_t i = 0; i < scores.size(); ++i) weights[i] = Exp(scores[i] - best);
  return weights;
}

/// Removes the least likely tokens whose probabilities sum to at most 1 - p. Upstream walks up from
/// the least likely one; the most likely token always stays.
void KeepTopP(std::span<double> scores, double p) {
  if (p >= 1.0) return;
  const std::vector<double> weights = Unnormalised(scores);
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<size_t> ascending;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (weights[i] > 0) ascending.push_back(i);
  }
  std::stable_sort(ascending.begin(), ascending.end(),
                   [&](size_t a, size_t b) { return weights[a] < weights[b]; });
  double cumulative = 0;
  for (size_t rank = 0; rank + 1 < ascending.size(); ++rank) {
    // fp32 probabilities, compared in fp32, as upstream: at exact ties it decides how many stay.
    cumulative += static_cast<float>(weights[ascending[rank]] / total);
    if (static_cast<float>(cumulative) > static_cast<float>(1.0 - p)) break;
    scores[ascending[rank]] = kRemoved;
  }
}

/// Removes tokens less likely than min_p times the most likely one.
void KeepMinP(std::span<double> scores, double min_p) {
  if (min_p <= 0.0) return;
  const double best = *std::max_element(scores.begin(), scores.end());
  for (double& score : scores) {
    if (Exp(score - best) < min_p) score = kRemoved;
  }
}

}  // namespace

void Validate(const SamplingSettings& settings) {
  RequireRange(std::isfinite(settings.temperature) && settings.temperature >= 0 &&
                   settings.temperature <= 100,
               "temperature", "0 (greedy) to 100", settings.temperature);
  RequireRange(settings.top_k >= 0, "top-k", "0 (off) or more",
               static_cast<double>(settings.top_k));
  RequireRange(settings.top_p > 0 && settings.top_p <= 1, "top-p", "above 0, at most 1 (off)",
               settings.top_p);
  RequireRange(settings.min_p >= 0 && settings.min_p < 1, "min-p", "0 (off) to below 1",
               settings.min_p);
  RequireRange(std::isfinite(settings.repetition_penalty) && settings.repetition_penalty > 0 &&
                   settings.repetition_penalty <= 100,
               "repetition penalty", "above 0, at most 100, 1 = off", settings.repetition_penalty);
  RequireRange(settings.repetition_window >= 0, "repetition window", "0 (all) or more",
               static_cast<double>(settings.repetition_window));
}

void TokenHistory::Add(int32_t token) {
  tokens_.push_back(token);
  ++counts_[token];
  if (window_ > 0 && static_cast<int64_t>(tokens_.size()) > window_) {
    const int32_t leaving = tokens_[tokens_.size() - 1 - static_cast<size_t>(window_)];
    if (--counts_[leaving] == 0) counts_.erase(leaving);
  }
}

std::vector<double> Probabilities(std::span<const float> logits, int32_t first_token,
                                  const TokenHistory& history, const SamplingSettings& settings) {
  std::vector<double> scores(logits.begin(), logits.end());
  PenaliseRepetition(scores, first_token, history, settings.repetition_penalty);
  for (double& score : scores) score /= settings.temperature;
  KeepTopK(scores, settings.top_k);
  KeepTopP(scores, settings.top_p);
  KeepMinP(scores, settings.min_p);
  std::vector<double> probabilities = Unnormalised(scores);
  const double total = std::accumulate(probabilities.begin(), probabilities.end(), 0.0);
  for (double& probability : probabilities) probability /= total;
  return probabilities;
}

int32_t Sample(std::span<const float> logits, int32_t first_token, const TokenHistory& history,
               const SamplingSettings& settings, double uniform) {
  if (settings.temperature == 0) {
    std::vector<double> scores(logits.begin(), logits.end());
    PenaliseRepetition(scores, first_token, history, settings.repetition_penalty);
    const auto best = std::max_element(scores.begin(), scores.end());
    return first_token + static_cast<int32_t>(best - scores.begin());
  }
  const std::vector<double> probabilities = Probabilities(logits, first_token, history, settings);
  double cumulative = 0;
  int32_t last = 0;
  for (size_t i = 0; i < probabilities.size(); ++i) {
    if (probabilities[i] == 0) continue;
    last = static_cast<int32_t>(i);
    cumulative += probabilities[i];
    if (uniform < cumulative) break;
  }
  return first_token + last;
}

}  // namespace kani::lm
