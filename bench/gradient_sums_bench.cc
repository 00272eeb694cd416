// What an update waits for when two processes of this machine sum their gradients: behind backward
// as a whole, or in buckets while backward runs.
//   gradient_sums_bench [LAYERS [WIDTH [ROWS]]]
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "train/distributed/testing.h"
#include "train/nn/gradient_sums.h"

namespace kani::train {
namespace {

double Median(int rounds, const std::function<void()>& work) {
  std::vector<double> seconds;
  for (int i = 0; i < rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::nth_element(seconds, seconds.begin() + rounds / 2);
  return seconds[static_cast<size_t>(rounds / 2)];
}

void Measure(ProcessGroup& group, int layers, int64_t width, int64_t rows) {
  at::set_num_threads(1);
  std::vector<TensorSpec> specs;
  for (int i = 0; i < layers; ++i) specs.push_back({std::to_string(i), {width, width}});
  Parameters parameters(specs);
  parameters.values().normal_(0, 0.02);
  const at::Tensor input = at::randn({rows, width});
  const auto loss = [&] {
    at::Tensor x = input;
    for (int i = 0; i < layers; ++i) {
      x = at::tanh(at::linear(x, parameters.Get(std::to_string(i))));
    }
    return x.sum();
  };
  constexpr int kRounds = 9;
  const double pass = Median(kRounds, [&] {
    group.Barrier();
    loss().backward();
  });
  const double sum = Median(kRounds, [&] {
    group.Barrier();
    group.Sum(parameters.gradients());
  });
  const auto say = [&](const char* what, double seconds) {
    if (group.rank() == 0) std::printf("%-44s %7.1f ms\n", what, 1e3 * seconds);
  };
  say("a pass", pass);
  say("a sum of all gradients", sum);
  say("a pass, then the sum", Median(kRounds, [&] {
        group.Barrier();
        loss().backward();
        group.Sum(parameters.gradients());
      }));
  for (const int64_t bucket : {kBucketElements / 16, kBucketElements / 4, kBucketElements}) {
    GradientSums sums(parameters, group, bucket);
    int64_t begun = 0;
    const auto update = [&] {
      group.Barrier();
      const at::Tensor value = loss();
      sums.ExpectLast();
      value.backward();
      begun = sums.begun();
      sums.Finish();
    };
    update();  // learns the order
    const double seconds = Median(kRounds, update);
    const std::string what = std::to_string(bucket >> 18) + " MiB buckets, " +
                             std::to_string(begun) + " of " + std::to_string(sums.size()) +
                             " in backward";
    say(what.c_str(), seconds);
  }
}

}  // namespace
}  // namespace kani::train

int main(int argc, char** argv) {
  const auto number = [&](int at, int64_t usual) {
    return argc > at ? std::atoll(argv[at]) : usual;
  };
  kani::train::PlayRanks(2, [&](kani::train::ProcessGroup& group) {
    kani::train::Measure(group, static_cast<int>(number(1, 24)), number(2, 1024), number(3, 256));
  });
}
