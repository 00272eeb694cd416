#include "train/evaluate/confusion.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace kani::train {
namespace {

double Share(int64_t count, int64_t total) {
  return total == 0 ? 0 : static_cast<double>(count) / static_cast<double>(total);
}

}  // namespace

double Confusion::average_diagonal() const {
  double sum = 0;
  for (int32_t i = 0; i < codebooks; ++i) sum += At(i, i);
  return sum / codebooks;
}

double Confusion::min_diagonal() const {
  double least = std::numeric_limits<double>::infinity();
  for (int32_t i = 0; i < codebooks; ++i) least = std::min(least, At(i, i));
  return least;
}

double Confusion::average_off_diagonal() const {
  if (codebooks == 1) return 0;
  const double all = std::accumulate(shares.begin(), shares.end(), 0.0);
  return (all - average_diagonal() * codebooks) / (codebooks * (codebooks - 1));
}

double Confusion::max_off_diagonal() const {
  double most = 0;
  for (int32_t i = 0; i < codebooks; ++i) {
    for (int32_t k = 0; k < codebooks; ++k) {
      if (i != k) most = std::max(most, At(i, k));
    }
  }
  return most;
}

ConfusionCounter::ConfusionCounter(const model::TokenLayout& tokens)
    : tokens_(tokens),
      targets_(static_cast<size_t>(tokens.codebooks)),
      first_(targets_.size() * targets_.size()),
      any_(first_.size()) {}

size_t ConfusionCounter::Codebook(int64_t token) const {
  return static_cast<size_t>((token - tokens_.audio_tokens_start) / tokens_.codebook_size);
}

void ConfusionCounter::Add(int64_t target, std::span<const int64_t> best) {
  const size_t Q = targets_.size(), right = Codebook(target);
  const auto is_audio = [&](int64_t token) { return token >= tokens_.audio_tokens_start; };
  ++targets_[right];
  if (is_audio(best.front())) ++first_[right * Q + Codebook(best.front())];
  std::vector<bool> seen(Q);
  for (const int64_t token : best) {
    if (is_audio(token)) seen[Codebook(token)] = true;
  }
  for (size_t k = 0; k < Q; ++k) any_[right * Q + k] += seen[k] ? 1 : 0;
}

Confusion ConfusionCounter::top1() const {
  Confusion out{tokens_.codebooks, {}};
  for (size_t i = 0; i < first_.size(); ++i) {
    out.shares.push_back(Share(first_[i], targets_[i / targets_.size()]));
  }
  return out;
}

Confusion ConfusionCounter::top5() const {
  Confusion out{tokens_.codebooks, {}};
  const auto Q = static_cast<std::ptrdiff_t>(targets_.size());
  for (auto row = any_.begin(); row != any_.end(); row += Q) {
    const int64_t sum = std::accumulate(row, row + Q, int64_t{0});
    for (auto count = row; count != row + Q; ++count) out.shares.push_back(Share(*count, sum));
  }
  return out;
}

}  // namespace kani::train
