#include "train/nn/gradient_sums.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "train/distributed/testing.h"

namespace kani::train {
namespace {

constexpr int kLayers = 6;
constexpr int64_t kWidth = 40;
// Buckets begin and end inside weights.
constexpr int64_t kBucket = 1500;
constexpr int64_t kBuckets = (kLayers * kWidth * kWidth + kWidth + kBucket - 1) / kBucket;

at::Tensor Drawn(uint64_t seed, at::IntArrayRef sizes) {
  return at::randn(sizes, at::detail::createCPUGenerator(seed), at::TensorOptions(at::kFloat));
}

/// A chain of layers, and a scale that the first layer needs but whose place is behind the last:
/// its gradient is made when all others are.
class Chain {
 public:
  Chain() : parameters(Specs()) {
    at::set_num_threads(1);
    parameters.values().copy_(0.1 * Drawn(1, parameters.values().sizes()));
  }

  /// @param layers only the first so many: the others get no gradient
  /// @param look in backward at what comes to the end of the first layer
  at::Tensor Loss(uint64_t data, int layers = kLayers,
                  const std::function<at::Tensor(const at::Tensor&)>& look = {}) const {
    at::Tensor rows = Drawn(data, {8, kWidth}) * parameters.Get("scale");
    for (int i = 0; i < layers; ++i) {
      rows = at::tanh(at::linear(rows, parameters.Get("layer" + std::to_string(i))));
      if (i == 0 && look) rows.register_hook(look);
    }
    return rows.square().sum();
  }

  /// What one process makes of all these losses, one after the other.
  at::Tensor GradientsAlone(const std::vector<at::Tensor>& losses) const {
    parameters.gradients().zero_();
    for (const at::Tensor& loss : losses) loss.backward();
    return parameters.gradients().clone();
  }

  Parameters parameters;

 private:
  static std::vector<TensorSpec> Specs() {
    std::vector<TensorSpec> specs;
    for (int i = 0; i < kLayers; ++i) {
      specs.push_back({"layer" + std::to_string(i), {kWidth, kWidth}});
    }
    specs.push_back({"scale", {kWidth}});
    return specs;
  }
};

TEST(GradientSumsTest, OfOneProcessChangeNothing) {
  const Chain chain;
  const at::Tensor expected = chain.GradientsAlone({chain.Loss(10)});
  ProcessGroup alone;
  GradientSums sums(chain.parameters, alone, kBucket);
  chain.parameters.gradients().zero_();
  sums.ExpectLast();
  chain.Loss(10).backward();
  sums.Finish();
  EXPECT_TRUE(at::equal(chain.parameters.gradients(), expected));
  EXPECT_EQ(sums.size(), 0);
}

TEST(GradientSumsTest, TwoProcessesMakeTheBitsOfOne) {
  PlayRanks(2, [](ProcessGroup& group) {
    const Chain chain;
    GradientSums sums(chain.parameters, group, kBucket);
    for (uint64_t update = 10; update < 40; update += 10) {
      const at::Tensor expected =
          chain.GradientsAlone({chain.Loss(update), chain.Loss(update + 1)});
      chain.parameters.gradients().zero_();
      const at::Tensor loss = chain.Loss(update + static_cast<uint64_t>(group.rank()));
      sums.ExpectLast();
      loss.backward();
      sums.Finish();
      EXPECT_TRUE(at::equal(chain.parameters.gradients(), expected)) << update;
    }
  });
}

TEST(GradientSumsTest, SumsBeginWhileBackwardStillMakesOtherGradients) {
  PlayRanks(2, [](ProcessGroup& group) {
    const Chain chain;
    GradientSums sums(chain.parameters, group, kBucket);
    for (int update = 0; update < 3; ++update) {
      chain.parameters.gradients().zero_();
      int64_t begun_before_first_layer = -1;
      const at::Tensor loss = chain.Loss(3, kLayers, [&](const at::Tensor& gradient) {
        begun_before_first_layer = sums.begun();
        return gradient;
      });
      sums.ExpectLast();
      loss.backward();
      // The first layer is in two buckets, and the scale in one. The first update learns the order.
      EXPECT_EQ(begun_before_first_layer, update == 0 ? 0 : kBuckets - 3);
      EXPECT_EQ(sums.begun(), update == 0 ? 0 : kBuckets);
      sums.Finish();
      EXPECT_EQ(sums.size(), kBuckets);
    }
  });
}

TEST(GradientSumsTest, OnlyTheLastOfSeveralPassesIsWaitedFor) {
  PlayRanks(2, [](ProcessGroup& group) {
    const Chain chain;
    const auto data = [](int rank) { return 20 + 2 * static_cast<uint64_t>(rank); };
    std::vector<at::Tensor> parts;
    for (const int rank : {0, 1}) {
      parts.push_back(chain.GradientsAlone({chain.Loss(data(rank)), chain.Loss(data(rank) + 1)}));
    }
    GradientSums sums(chain.parameters, group, kBucket);
    for (int update = 0; update < 2; ++update) {
      chain.parameters.gradients().zero_();
      chain.Loss(data(group.rank())).backward();
      EXPECT_EQ(sums.begun(), 0);
      const at::Tensor loss = chain.Loss(data(group.rank()) + 1);
      sums.ExpectLast();
      loss.backward();
      EXPECT_EQ(sums.begun(), update == 0 ? 0 : kBuckets);
      sums.Finish();
      EXPECT_TRUE(at::equal(chain.parameters.gradients(), parts[0] + parts[1])) << update;
    }
  });
}

TEST(GradientSumsTest, WeightsWithoutAGradientAndProcessesWithoutAPassHoldNobodyUp) {
  PlayRanks(2, [](ProcessGroup& group) {
    const Chain chain;
    const at::Tensor whole = chain.GradientsAlone({chain.Loss(5)});
    const at::Tensor shallow = chain.GradientsAlone({chain.Loss(5, 2)});
    GradientSums sums(chain.parameters, group, kBucket);
    const auto update = [&](bool has_pass, int layers) {
      chain.parameters.gradients().zero_();
      if (has_pass) {
        const at::Tensor loss = chain.Loss(5, layers);
        sums.ExpectLast();
        loss.backward();
      }
      sums.Finish();
      return chain.parameters.gradients().clone();
    };
    const bool is_first = group.rank() == 0;
    EXPECT_TRUE(at::equal(update(is_first, kLayers), whole));
    EXPECT_TRUE(at::equal(update(true, is_first ? kLayers : 2), whole + shallow));
    EXPECT_TRUE(at::equal(update(!is_first, 2), shallow));
    EXPECT_TRUE(at::equal(update(true, kLayers), whole + whole));
  });
}

TEST(GradientSumsTest, FrozenWeightsAreNotSummed) {
  PlayRanks(2, [](ProcessGroup& group) {
    Chain chain;
    for (size_t i = 0; i < 3; ++i) chain.parameters.Freeze(i);  // buckets 0, 1, 2 and part of 3
    const at::Tensor whole = chain.GradientsAlone({chain.Loss(5)});
    GradientSums sums(chain.parameters, group, kBucket);
    chain.parameters.gradients().zero_();
    const at::Tensor loss = chain.Loss(5);
    sums.ExpectLast();
    loss.backward();
    sums.Finish();
    EXPECT_EQ(sums.size(), kBuckets - 3);
    EXPECT_TRUE(at::equal(chain.parameters.gradients(), whole + whole));
  });
}

}  // namespace
}  // namespace kani::train
