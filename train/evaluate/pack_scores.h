// What one pack of held-out clips tells, and how processes that share the packs come to know all.
#pragma once

#include <span>
#include <vector>

#include "train/distributed/process_group.h"
#include "train/evaluate/row_scores.h"

namespace kani::train {

struct PackScores {
  RowScores audio;                ///< of the rows that predict a code
  RowScores others;               ///< of those that predict another token
  std::vector<double> variances;  ///< of each attention layer's output, summed over the rows
  int64_t rows = 0;
};

/// Gives every process what only one of them has found. Each pack is one process' and zero in all
/// others, so the sums are exact in any order and everything is the same to the last bit for any
/// number of processes. REQUIRES: packs of the same sizes everywhere.
void ShareScores(std::span<PackScores> packs, ProcessGroup& processes);

}  // namespace kani::train
