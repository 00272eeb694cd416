#include "train/distributed/process_group.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <exception>
#include <string>

#include "base/error.h"
#include "train/distributed/backends.h"
#include "train/distributed/rendezvous.h"

namespace kani::train {

namespace {

constexpr int64_t kGatheredElements = int64_t{1} << 20;  // at once, of each rank

at::Tensor Scalar(at::ScalarType type) { return at::empty({1}, at::TensorOptions(type)); }

}  // namespace

struct ProcessGroup::Connections {
  c10::intrusive_ptr<c10d::Store> store;  // rank 0 answers for it
  c10::intrusive_ptr<c10d::Backend> host;
  c10::intrusive_ptr<c10d::Backend> device;  // null: none but the host
  std::chrono::milliseconds timeout;

  c10d::Backend& Of(const at::Tensor& tensor) const { return tensor.is_cpu() ? *host : *device; }

  /// Runs what talks to the others; any failure of it is theirs. c10d's functions take vectors.
  template <typename Talk>
  void Try(const char* what, const Talk& talk) const {
    try {
      talk();
    } catch (const Error&) {  // NCCL is not there
      throw;
    } catch (const std::exception& error) {
      Fail(ErrorCode::kIo, what, ": another process has ended or did not answer within ",
           timeout.count(), " ms: ", FirstLine(error));
    }
  }
};

ProcessGroup::ProcessGroup() = default;
ProcessGroup::~ProcessGroup() = default;

ProcessGroup::ProcessGroup(const Topology& topology, at::Device device,
                           std::chrono::milliseconds timeout)
    : rank_(topology.rank), size_(topology.world_size) {
  KANI_DCHECK(!topology.starts_ranks);
  if (size_ == 1) return;
  auto connections = std::make_unique<Connections>();
  connections->timeout = timeout;
  connections->store = Meet(topology, timeout);
  connections->Try("connecting", [&] {
    connections->host = ConnectGloo(connections->store, topology, timeout);
    if (!device.is_cpu()) connections->device = ConnectNccl(connections->store, topology, timeout);
  });
  connections_ = std::move(connections);
  // Until all are connected they need rank 0, which may have nothing else to do.
  Barrier();
}

void ProcessGroup::Sum(const at::Tensor& tensor) { BeginSum(tensor)(); }

std::function<void()> ProcessGroup::BeginSum(const at::Tensor& tensor) {
  if (!connections_) return [] {};
  constexpr const char* kWhat = "sum over ranks";
  c10::intrusive_ptr<c10d::Work> work;
  connections_->Try(kWhat, [&] {
    std::vector<at::Tensor> tensors = {tensor};
    work = connections_->Of(tensor).allreduce(tensors);
  });
  return [this, work] { connections_->Try(kWhat, [&] { work->wait(connections_->timeout); }); };
}

std::vector<at::Tensor> ProcessGroup::Gather(const at::Tensor& tensor) {
  std::vector<std::vector<at::Tensor>> parts(1);
  for (int i = 0; i < size_; ++i) parts[0].push_back(at::empty_like(tensor));
  connections_->Try("gathering from ranks", [&] {
    std::vector<at::Tensor> tensors = {tensor};
    connections_->Of(tensor).allgather(parts, tensors)->wait(connections_->timeout);
  });
  return parts[0];
}

void ProcessGroup::SumInOrder(const at::Tensor& tensor) {
  if (!connections_) return;
  const at::NoGradGuard no_gradient;
  const at::Tensor flat = tensor.view({-1});
  for (int64_t begin = 0; begin < flat.size(0); begin += kGatheredElements) {
    const at::Tensor piece =
        flat.narrow(0, begin, std::min(kGatheredElements, flat.size(0) - begin));
    const std::vector<at::Tensor> parts = Gather(piece);
    piece.copy_(parts[0]);
    for (int i = 1; i < size_; ++i) piece.add_(parts[static_cast<size_t>(i)]);
  }
}

int64_t ProcessGroup::Sum(int64_t value) {
  const at::Tensor sum = Scalar(at::kLong).fill_(value);
  Sum(sum);
  return sum.item<int64_t>();
}

double ProcessGroup::SumInOrder(double value) {
  const at::Tensor sum = Scalar(at::kDouble).fill_(value);
  SumInOrder(sum);
  return sum.item<double>();
}

bool ProcessGroup::Any(bool value) { return Sum(int64_t{value}) > 0; }

void ProcessGroup::AgreeOn(std::string_view what, int64_t value) {
  if (!connections_) return;
  const std::vector<at::Tensor> values = Gather(Scalar(at::kLong).fill_(value));
  const auto first = values[0].item<int64_t>();
  for (int i = 1; i < size_; ++i) {
    if (const auto other = values[static_cast<size_t>(i)].item<int64_t>(); other != first) {
      Fail(ErrorCode::kInvalidArgument, what, ": rank ", i, " has ", other, ", rank 0 has ", first,
           "; all must see the same files and options");
    }
  }
}

void ProcessGroup::Broadcast(const at::Tensor& tensor) {
  if (!connections_) return;
  connections_->Try("copying from rank 0", [&] {
    std::vector<at::Tensor> tensors = {tensor};
    connections_->Of(tensor).broadcast(tensors)->wait(connections_->timeout);
  });
}

void ProcessGroup::Barrier() { Sum(int64_t{0}); }

}  // namespace kani::train
