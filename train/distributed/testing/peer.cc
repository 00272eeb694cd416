// One rank of the tests in process_group_test.cc:  kani_train_distributed_peer SCENE TIMEOUT_MS
// Ends with the exit code that a program has for the error it met.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "apps/terminal/exit_codes.h"
#include "base/error.h"
#include "train/distributed/process_group.h"
#include "train/launch/topology.h"

namespace {

using kani::train::ProcessGroup;

void Expect(bool condition, const char* what) {
  if (!condition) kani::Fail(kani::ErrorCode::kInternal, "expected ", what);
}

/// A rank's own numbers, of magnitudes so different that the order of a sum shows.
at::Tensor PartOf(int rank, int64_t size) {
  const at::Generator generator = at::detail::createCPUGenerator(static_cast<uint64_t>(rank) + 1);
  const at::Tensor part = at::randn({size}, generator, at::TensorOptions(at::kFloat));
  return part * at::exp(6 * at::randn({size}, generator, at::TensorOptions(at::kFloat)));
}

/// What one process makes of all parts.
at::Tensor SumAlone(int ranks, int64_t size) {
  at::Tensor sum = PartOf(0, size);
  for (int rank = 1; rank < ranks; ++rank) sum += PartOf(rank, size);
  return sum;
}

void CheckSums(ProcessGroup& group) {
  for (const int64_t size : {int64_t{1}, int64_t{1000}, (int64_t{1} << 20) + 17}) {
    const at::Tensor alone = SumAlone(group.size(), size);
    const at::Tensor in_order = PartOf(group.rank(), size);
    group.SumInOrder(in_order);
    Expect(at::equal(in_order, alone), "the bits of one process");

    const at::Tensor fast = PartOf(group.rank(), size);
    group.Sum(fast);
    Expect(at::allclose(fast, alone, 1e-4, 1e-2), "the sum");
    const at::Tensor of_first = fast.clone();
    group.Broadcast(of_first);
    Expect(at::equal(fast, of_first), "the same bits on every rank");
  }
  const int n = group.size();
  Expect(group.Sum(int64_t{group.rank() + 1}) == n * (n + 1) / 2, "a sum of numbers");
  Expect(group.SumInOrder(0.5) == 0.5 * n, "a sum of fractions");
  for (int rank = 0; rank < n; ++rank) {
    Expect(group.Any(group.rank() == rank), "a rank to be heard");
  }
  Expect(!group.Any(false), "silence");
  group.AgreeOn("number", 7);
}

/// Sums until something happens; a file says that it has begun.
void SumForever(ProcessGroup& group) {
  const at::Tensor tensor = at::ones({1000});
  for (int step = 0;; ++step) {
    group.Sum(tensor);
    group.SumInOrder(tensor);
    if (step == 10) {
      std::ofstream(kani::StrCat(std::getenv("FOLDER"), "/pid-", group.rank())) << ::getpid();
    }
  }
}

void Play(const std::string& scene, ProcessGroup& group) {
  if (scene == "sums") {
    CheckSums(group);
  } else if (scene == "disagree") {
    group.AgreeOn("step of the newest checkpoint", group.rank() < 2 ? 500 : 400);
  } else if (scene == "sum forever") {
    SumForever(group);
  } else if (scene == "leave early") {
    while (group.rank() != 1) group.Barrier();
  } else {
    Expect(scene == "come", "a scene");
  }
  group.Barrier();
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    Expect(argc == 3, "SCENE TIMEOUT_MS");
    const auto topology =
        kani::train::ResolveTopology(0, [](const char* name) { return std::getenv(name); });
    ProcessGroup group(topology, at::kCPU, std::chrono::milliseconds(std::stoi(argv[2])));
    Play(argv[1], group);
    return kani::terminal::kExitOk;
  } catch (const kani::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return kani::terminal::ExitCodeOf(error.code());
  }
}
