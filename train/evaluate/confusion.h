// Whether a model knows which codebook comes next: what it ranks first where a code of each
// codebook was right.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/token_layout.h"

namespace kani::train {

/// Shares in [0, 1]; rows are the right codebooks, columns the predicted ones.
struct Confusion {
  int32_t codebooks = 0;
  std::vector<double> shares;  ///< [Q, Q]

  double At(int32_t right, int32_t predicted) const {
    return shares[static_cast<size_t>(right * codebooks + predicted)];
  }
  double average_diagonal() const;
  double min_diagonal() const;
  /// 0 for a single codebook.
  double average_off_diagonal() const;
  double max_off_diagonal() const;
};

class ConfusionCounter {
 public:
  explicit ConfusionCounter(const model::TokenLayout& tokens);

  /// How many predictions of a row are looked at: the original's number.
  static constexpr int64_t kBest = 5;
  /// @param target an audio token @param best the likeliest tokens, likeliest first, at least one
  void Add(int64_t target, std::span<const int64_t> best);

  /// Share of a codebook's targets whose likeliest token lies in each codebook. What a row lacks to
  /// 1 went to tokens that are no audio.
  Confusion top1() const;
  /// The original's: targets for which any of the `best` lies in a codebook, divided by the row's
  /// sum of such counts. Four codebooks among five predictions make 0.25 everywhere, even if the
  /// likeliest is always right.
  Confusion top5() const;

 private:
  size_t Codebook(int64_t token) const;

  model::TokenLayout tokens_;
  std::vector<int64_t> targets_;  ///< [Q]
  std::vector<int64_t> first_;    ///< [Q, Q]
  std::vector<int64_t> any_;      ///< [Q, Q]
};

}  // namespace kani::train
