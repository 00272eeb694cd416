#include "train/evaluate/pack_scores.h"

#include <ATen/ops/from_blob.h>

#include <cstddef>
#include <type_traits>

namespace kani::train {
namespace {

/// Calls `visit` with each number that only the pack's own process knows. All are exact in double.
template <typename Visit>
void ForEachNumber(std::span<PackScores> packs, const Visit& visit) {
  for (PackScores& pack : packs) {
    for (RowScores* scores : {&pack.audio, &pack.others}) {
      for (float& loss : scores->losses) visit(loss);
      for (int64_t& token : scores->best) visit(token);
    }
    for (double& variance : pack.variances) visit(variance);
  }
}

}  // namespace

void ShareScores(std::span<PackScores> packs, ProcessGroup& processes) {
  if (processes.size() == 1) return;
  std::vector<double> numbers;
  ForEachNumber(packs, [&](const auto& value) { numbers.push_back(static_cast<double>(value)); });
  processes.Sum(
      at::from_blob(numbers.data(), {std::ssize(numbers)}, at::TensorOptions(at::kDouble)));
  size_t next = 0;
  ForEachNumber(packs, [&](auto& value) {
    value = static_cast<std::remove_reference_t<decltype(value)>>(numbers[next++]);
  });
}

}  // namespace kani::train
