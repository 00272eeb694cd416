// The passes of our own against LibTorch's operators, forward and backward.
#include "train/codec/layers.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "train/codec/testing.h"

namespace kani::train {
namespace {

constexpr int64_t kLength = 1501;  // several pieces, the last one short

using Layer = std::function<at::Tensor(const std::vector<at::Tensor>&)>;

/// Output and gradients of all inputs, for the gradient of an output that is no constant.
std::vector<at::Tensor> RunBoth(const Layer& layer, const std::vector<at::Tensor>& inputs,
                                at::ScalarType type) {
  std::vector<at::Tensor> leaves, results;
  for (const at::Tensor& input : inputs) leaves.push_back(input.clone().requires_grad_());
  std::vector<at::Tensor> used = leaves;
  used[0] = leaves[0].to(type);
  const at::Tensor y = layer(used).to(at::kFloat);
  (y * RandomTensor(y.sizes(), 9)).sum().backward();
  results.push_back(y.detach());
  for (const at::Tensor& leaf : leaves) results.push_back(leaf.grad());
  return results;
}

/// @param tolerance of the largest value of each result
void ExpectSame(const Layer& ours, const Layer& plain, const std::vector<at::Tensor>& inputs,
                double tolerance, at::ScalarType type = at::kFloat) {
  const auto found = RunBoth(ours, inputs, type), expected = RunBoth(plain, inputs, at::kFloat);
  for (size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i].sizes(), expected[i].sizes()) << i;
    const double size = expected[i].abs().max().item<double>();
    EXPECT_LE((found[i] - expected[i]).abs().max().item<double>(), tolerance * size) << i;
  }
}

Layer HalfSnake(bool plain, int64_t left) {
  return [=](const std::vector<at::Tensor>& in) {
    return plain ? plain::PaddedHalfSnake(in[0], in[1], left) : PaddedHalfSnake(in[0], in[1], left);
  };
}

TEST(LayersTest, HalfSnakeIsThatOfLibTorchForAnyNumberOfChannels) {
  for (const int64_t channels : {2, 3, 27, 48, 257}) {
    const std::vector<at::Tensor> inputs = {3 * RandomTensor({2, kLength, channels}, 1),
                                            1 + 0.3 * RandomTensor({1, channels / 2, 1}, 2)};
    ExpectSame(HalfSnake(false, 18), HalfSnake(true, 18), inputs, 2e-5);
  }
}

TEST(LayersTest, HalfSnakeHoldsForLargeInputs) {
  const std::vector<at::Tensor> inputs = {1000 * RandomTensor({1, 100, 8}, 1),
                                          1 + 0.3 * RandomTensor({1, 4, 1}, 2)};
  ExpectSame(HalfSnake(false, 0), HalfSnake(true, 0), inputs, 3e-4);
}

TEST(LayersTest, LeakyReluRepeatsItsEndsAndCollectsTheirGradients) {
  for (const int64_t channels : {1, 24, 40}) {
    ExpectSame([](const auto& in) { return PaddedLeakyRelu(in[0], 4, 3); },
               [](const auto& in) { return plain::PaddedLeakyRelu(in[0], 4, 3); },
               {RandomTensor({3, kLength, channels}, 1)}, 1e-6);
  }
}

TEST(LayersTest, UpsamplingIsTheGroupedTransposedConvolution) {
  const auto ours = [](const auto& in) { return GroupedUpsample(in[0], in[1], in[2]); };
  const auto plain = [](const auto& in) { return plain::GroupedUpsample(in[0], in[1], in[2]); };
  for (const int64_t channels : {4, 54, 128}) {
    for (const int64_t rate : {2, 7}) {
      ExpectSame(ours, plain,
                 {RandomTensor({2, kLength, channels}, 1), RandomTensor({channels, 1, 2 * rate}, 2),
                  RandomTensor({channels / 2}, 3)},
                 5e-5);
    }
  }
}

TEST(LayersTest, LowerPrecisionChangesLittle) {
  const std::vector<at::Tensor> snake = {RandomTensor({2, kLength, 48}, 1),
                                         1 + 0.3 * RandomTensor({1, 24, 1}, 2)};
  ExpectSame(HalfSnake(false, 6), HalfSnake(true, 6), snake, 0.02, at::kBFloat16);
  ExpectSame([](const auto& in) { return PaddedLeakyRelu(in[0], 4, 4); },
             [](const auto& in) { return plain::PaddedLeakyRelu(in[0], 4, 4); },
             {RandomTensor({3, kLength, 24}, 1)}, 0.02, at::kBFloat16);
  ExpectSame(
      [](const auto& in) { return GroupedUpsample(in[0], in[1], in[2]); },
      [](const auto& in) { return plain::GroupedUpsample(in[0], in[1], in[2]); },
      {RandomTensor({2, kLength, 48}, 1), RandomTensor({48, 1, 14}, 2), RandomTensor({24}, 3)},
      0.02, at::kBFloat16);
}

}  // namespace
}  // namespace kani::train
