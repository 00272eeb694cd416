// What data parallel training needs of the other processes: sums, agreement, and an error instead
// of waiting for ever. A process alone takes the same calls and pays nothing for them.
//
// In an update each rank trains on its packs, TrainingSet::Packs(epoch, step, group.rank(),
// group.size()); the number of targets is group.Sum(its own); and before the norm is taken the
// gradients of all ranks are summed (train/nn/gradient_sums.h), the same bits on each.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "train/launch/topology.h"

namespace kani::train {

/// All ranks make the same calls in the same order, with tensors of one size and type. A call waits
/// for the others, and throws kIo when one of them has ended or does not come within the time-out;
/// the group is of no use then. Tensors are contiguous, and in host memory or on the device. Not
/// thread-safe.
class ProcessGroup {
 public:
  /// This process alone.
  ProcessGroup();
  /// Returns when all ranks are there. Throws kIo where they do not come in time or the address
  /// cannot be used, kInvalidArgument where their numbers contradict each other, kResourceExhausted
  /// without file handles enough, and kUnsupported for GPUs in a build without NCCL. REQUIRES: a
  /// topology that does not start ranks; SIGPIPE is ignored, as it is in our programs, for a lost
  /// peer would end this process by it.
  /// @param device of the tensors that are not in host memory
  ProcessGroup(const Topology& topology, at::Device device,
               std::chrono::milliseconds timeout = std::chrono::minutes(10));
  /// Does not wait for the others: they see this rank as lost in any call that they still make.
  ~ProcessGroup();
  ProcessGroup(const ProcessGroup&) = delete;
  ProcessGroup& operator=(const ProcessGroup&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }

  /// Each element becomes the sum over all ranks, in whatever order is fastest: the same bits on
  /// every rank.
  void Sum(const at::Tensor& tensor);
  /// The same, but returns at once: the tensor is the sum, and may be touched again, when the
  /// function that is returned was called, which waits. Other calls may come between, and other
  /// sums may be begun; they are waited for in any order. The group outlives the function.
  [[nodiscard]] std::function<void()> BeginSum(const at::Tensor& tensor);
  /// Like Sum, added in the order of the ranks: the same bits as one process that adds their
  /// tensors to the first one by one. Moves `size()` times as much.
  void SumInOrder(const at::Tensor& tensor);
  int64_t Sum(int64_t value);
  double SumInOrder(double value);
  /// Whether it is true on any rank: a request to stop is taken by all in the same step.
  bool Any(bool value);
  /// Throws kInvalidArgument on every rank unless all have the same value.
  /// @param what its name, for the message
  void AgreeOn(std::string_view what, int64_t value);
  /// Copies the tensor of rank 0 to all.
  void Broadcast(const at::Tensor& tensor);
  /// Returns when all have come here.
  void Barrier();

 private:
  struct Connections;
  /// The parts of all ranks, by rank. REQUIRES: several.
  std::vector<at::Tensor> Gather(const at::Tensor& tensor);

  int rank_ = 0, size_ = 1;
  std::unique_ptr<Connections> connections_;  // null: alone
};

}  // namespace kani::train
