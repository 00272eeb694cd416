#include "train/lm/chunked_cross_entropy.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "train/lm/packed_batch.h"

namespace kani::train {
namespace {

class ChunkedCrossEntropyTest : public testing::Test {
 protected:
  ChunkedCrossEntropyTest() {
    at::manual_seed(1);
    hidden_ = at::randn({7, 5}, at::kDouble).requires_grad_();
    head_ = at::randn({11, 5}, at::kDouble).requires_grad_();
    targets_ = at::tensor({3, 10, 0, static_cast<int>(kNoTarget), 4, 4, 9}).to(at::kLong);
  }

  double Loss(const at::Tensor& hidden, const at::Tensor& head) const {
    return ChunkedCrossEntropy(hidden, head, targets_, 2).item<double>();
  }

  at::Tensor hidden_, head_, targets_;
};

TEST_F(ChunkedCrossEntropyTest, IsTheCrossEntropyOfAllLogitsForAnyChunk) {
  const at::Tensor whole = at::cross_entropy_loss(at::linear(hidden_, head_), targets_, {},
                                                  at::Reduction::Sum, kNoTarget);
  for (const int64_t chunk : {1, 2, 3, 100}) {
    const at::Tensor loss = ChunkedCrossEntropy(hidden_, head_, targets_, chunk);
    EXPECT_NEAR(loss.item<double>(), whole.item<double>(), 1e-12) << chunk;
  }
}

TEST_F(ChunkedCrossEntropyTest, GradientsEqualFiniteDifferences) {
  (3.0 * ChunkedCrossEntropy(hidden_, head_, targets_, 2)).backward();
  constexpr double kStep = 1e-6;
  const auto check = [&](const at::Tensor& varied, const auto& loss) {
    for (int64_t i = 0; i < varied.numel(); ++i) {
      const auto at_offset = [&](double offset) {
        const at::Tensor moved = varied.detach().clone();
        moved.view({-1})[i] += offset;
        return 3.0 * loss(moved);
      };
      const double slope = (at_offset(kStep) - at_offset(-kStep)) / (2 * kStep);
      EXPECT_NEAR(varied.grad().reshape({-1})[i].item<double>(), slope, 1e-7) << i;
    }
  };
  check(hidden_, [&](const at::Tensor& moved) { return Loss(moved, head_.detach()); });
  check(head_, [&](const at::Tensor& moved) { return Loss(hidden_.detach(), moved); });
}

TEST_F(ChunkedCrossEntropyTest, RowsWithoutTargetsGetNoGradient) {
  ChunkedCrossEntropy(hidden_, head_, targets_).backward();
  EXPECT_EQ(hidden_.grad()[3].abs().max().item<double>(), 0.0);
  EXPECT_GT(hidden_.grad()[2].abs().max().item<double>(), 0.0);
}

}  // namespace
}  // namespace kani::train
