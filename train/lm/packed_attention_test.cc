#include "train/lm/packed_attention.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

namespace kani::train {
namespace {

constexpr int64_t kRows = 7, kHeads = 4, kGroups = 2, kWidth = 4;

PackedBatch Borders() {
  PackedBatch batch;
  batch.borders = {0, 3, 4, kRows};
  return batch;
}

std::array<at::Tensor, 3> Inputs() {
  at::manual_seed(3);
  const auto draw = [](int64_t heads) {
    return at::randn({kRows, heads, kWidth}, at::kDouble).requires_grad_();
  };
  return {draw(kHeads), draw(kGroups), draw(kGroups)};
}

/// By its definition, one pair of rows after the other.
at::Tensor Obvious(const std::array<at::Tensor, 3>& qkv, const std::vector<int64_t>& borders) {
  at::Tensor out = at::zeros({kRows, kHeads, kWidth}, at::kDouble);
  for (size_t clip = 0; clip + 1 < borders.size(); ++clip) {
    for (int64_t row = borders[clip]; row < borders[clip + 1]; ++row) {
      for (int64_t head = 0; head < kHeads; ++head) {
        const int64_t group = head / (kHeads / kGroups), seen = row + 1 - borders[clip];
        const at::Tensor keys = qkv[1].select(1, group).narrow(0, borders[clip], seen);
        const at::Tensor values = qkv[2].select(1, group).narrow(0, borders[clip], seen);
        const at::Tensor scores = keys.mv(qkv[0][row][head]) / std::sqrt(double{kWidth});
        out[row][head] = values.t().mv(at::softmax(scores, 0));
      }
    }
  }
  return out;
}

TEST(PackedAttentionTest, SeesTheEarlierRowsOfItsClipAndNoOthers) {
  const auto qkv = Inputs();
  const PackedBatch batch = Borders();
  const at::Tensor out = PackedAttention(qkv[0], qkv[1], qkv[2], batch);
  EXPECT_LT((out - Obvious(qkv, batch.borders)).abs().max().item<double>(), 1e-12);
}

TEST(PackedAttentionTest, GradientsAreTheNumericOnes) {
  const auto qkv = Inputs();
  const PackedBatch batch = Borders();
  const at::Tensor direction = at::randn({kRows, kHeads, kWidth}, at::kDouble);
  const auto value = [&] {
    return (PackedAttention(qkv[0], qkv[1], qkv[2], batch) * direction).sum();
  };
  value().backward();
  for (const at::Tensor& input : qkv) {
    at::Tensor flat = input.detach().view({-1});  // shares the memory
    for (int64_t i = 0; i < flat.size(0); ++i) {
      const double before = flat[i].item<double>(), step = 1e-5;
      flat[i] = before + step;
      const double above = value().item<double>();
      flat[i] = before - step;
      const double below = value().item<double>();
      flat[i] = before;
      EXPECT_NEAR(input.grad().view({-1})[i].item<double>(), (above - below) / (2 * step), 1e-7);
    }
  }
}

}  // namespace
}  // namespace kani::train
