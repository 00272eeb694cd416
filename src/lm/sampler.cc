#include "lm/sampler.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "base/elementary.h"
#include "base/error.h"

namespace kani::lm {
namespace {

void RequireRange(bool inside, std::string_view name, std::string_view range, double found) {
  if (!inside) {
    Fail(ErrorCode::kInvalidArgument, name, ": expected ", range, ", found ", found);
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
  if (token >= std::ssize(counts_)) counts_.resize(static_cast<size_t>(token) + 1);
  Count(token, 1);
  if (window_ > 0 && std::ssize(tokens_) > window_) {
    Count(tokens_[tokens_.size() - 1 - static_cast<size_t>(window_)], -1);
  }
}

void TokenHistory::Count(int32_t token, int32_t change) {
  if (token >= 0) counts_[static_cast<size_t>(token)] += change;
}

Sampler::Sampler(const SamplingSettings& settings)
    : settings_(settings), history_(settings.repetition_window) {
  Validate(settings);
}

/// Penalised once per distinct token: positive scores are divided, others multiplied.
void Sampler::Score(std::span<const float> logits, int32_t first_token) {
  scores_.assign(logits.begin(), logits.end());
  const double penalty = settings_.repetition_penalty;
  if (penalty == 1.0) return;
  for (size_t i = 0; i < scores_.size(); ++i) {
    if (!history_.Contains(first_token + static_cast<int32_t>(i))) continue;
    scores_[i] = scores_[i] > 0 ? scores_[i] / penalty : scores_[i] * penalty;
  }
}

/// The k-th best score; the lowest number where all tokens stay.
double Sampler::LowestOfTopK() {
  const auto k = static_cast<size_t>(settings_.top_k);
  if (k == 0 || k >= scores_.size()) return std::numeric_limits<double>::lowest();
  ordered_.assign(scores_.begin(), scores_.begin() + settings_.top_k);
  std::ranges::make_heap(ordered_, std::greater<>());
  for (const double score : std::span(scores_).subspan(k)) {
    if (score <= ordered_.front()) continue;
    std::ranges::pop_heap(ordered_, std::greater<>());
    ordered_.back() = score;
    std::ranges::push_heap(ordered_, std::greater<>());
  }
  return ordered_.front();
}

/// Removes the least likely tokens whose probabilities sum to at most 1 - p, of equal ones those
/// of the lowest ids. Upstream walks up from the least likely one; the likeliest always stays.
void Sampler::KeepTopP() {
  if (settings_.top_p >= 1.0) return;
  double total = 0;
  ordered_.clear();
  for (const Candidate& candidate : candidates_) {
    total += candidate.weight;
    ordered_.push_back(candidate.weight);
  }
  std::ranges::sort(ordered_);
  const auto limit = static_cast<float>(1.0 - settings_.top_p);
  double cumulative = 0;
  size_t removed = 0;
  for (; removed + 1 < ordered_.size(); ++removed) {
    // fp32 probabilities, compared in fp32, as upstream: at exact ties it decides how many stay.
    cumulative += static_cast<float>(ordered_[removed] / total);
    if (static_cast<float>(cumulative) > limit) break;
  }
  const double lowest = ordered_[removed];
  auto equals_to_remove =
      removed - static_cast<size_t>(std::ranges::lower_bound(ordered_, lowest) - ordered_.begin());
  std::erase_if(candidates_, [&](const Candidate& candidate) {
    if (candidate.weight != lowest) return candidate.weight < lowest;
    if (equals_to_remove == 0) return false;
    --equals_to_remove;
    return true;
  });
}

/// Fills candidates_ with what the steps leave of scores_.
void Sampler::KeepCandidates() {
  for (double& score : scores_) score /= settings_.temperature;
  const double lowest = LowestOfTopK();
  const double best = *std::ranges::max_element(scores_);
  candidates_.clear();
  for (size_t i = 0; i < scores_.size(); ++i) {
    if (!(scores_[i] >= lowest)) continue;
    const double weight = Exp(scores_[i] - best);
    if (weight > 0) candidates_.push_back({i, weight});
  }
  KeepTopP();
  std::erase_if(candidates_,
                [&](const Candidate& candidate) { return candidate.weight < settings_.min_p; });
}

double Sampler::TotalWeight() const {
  double total = 0;
  for (const Candidate& candidate : candidates_) total += candidate.weight;
  return total;
}

std::vector<double> Sampler::Probabilities(std::span<const float> logits, int32_t first_token) {
  Score(logits, first_token);
  KeepCandidates();
  const double total = TotalWeight();
  std::vector<double> probabilities(logits.size());
  for (const Candidate& candidate : candidates_) {
    probabilities[candidate.index] = candidate.weight / total;
  }
  return probabilities;
}

int32_t Sampler::Sample(std::span<const float> logits, int32_t first_token, double uniform) {
  Score(logits, first_token);
  size_t chosen = 0;
  if (settings_.temperature == 0) {
    chosen = static_cast<size_t>(std::ranges::max_element(scores_) - scores_.begin());
  } else {
    KeepCandidates();
    const double total = TotalWeight();
    double cumulative = 0;
    for (const Candidate& candidate : candidates_) {
      chosen = candidate.index;
      cumulative += candidate.weight / total;
      if (uniform < cumulative) break;
    }
  }
  const int32_t token = first_token + static_cast<int32_t>(chosen);
  history_.Add(token);
  return token;
}

}  // namespace kani::lm
