// The gradients of all processes, summed while backward still makes others.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "train/distributed/process_group.h"
#include "train/nn/parameters.h"

namespace kani::train {

/// Gradients of one sum, 32 MiB: large enough that what a sum costs whatever its size (0.2 ms over
/// loopback, where a MiB takes about 1 ms) does not show, small enough that the last one, for which
/// nothing is left to overlap with, is a small part of a large model's.
inline constexpr int64_t kBucketElements = int64_t{8} << 20;

/// Cuts the flat buffer into buckets of equal size, wherever weights begin and end, so that the
/// bits of a sum depend on the network alone. A bucket is summed as soon as backward has made the
/// last gradient in it, and the ones before it in an order that all processes share: that in which
/// rank 0 made them in its first update, whose own sums therefore come behind backward.
class GradientSums {
 public:
  /// Follows the weights that are not frozen now; gradients of the others are zero everywhere. What
  /// is referred to must outlive it, and no other object may follow the same weights.
  GradientSums(const Parameters& parameters, ProcessGroup& processes,
               int64_t bucket_elements = kBucketElements);
  ~GradientSums();
  GradientSums(const GradientSums&) = delete;
  GradientSums& operator=(const GradientSums&) = delete;

  /// To be called before the last backward pass of an update, behind which no gradient changes. Not
  /// at all in a process that has none.
  void ExpectLast();
  /// Sums what is left and waits until all gradients are those of ProcessGroup::Sum, whether they
  /// were made here or not. Every process calls it once an update. Throws kIo for a lost peer; so
  /// does backward.
  void Finish();

  /// Buckets that are summed; none for a process alone.
  int64_t size() const { return std::ssize(order_); }
  /// Of these, whose sums are on their way; Finish() sets it back.
  int64_t begun() const { return static_cast<int64_t>(begun_); }

 private:
  class Hook;
  struct Bucket {
    at::Tensor gradients;  // of the flat buffer
    int64_t weights = 0;   // that have gradients in it
    int64_t missing = 0;   // of these, not made yet
    std::function<void()> wait;
  };

  void Made(size_t first, size_t last);
  void BeginThoseMade();
  void AgreeOnOrder();

  const Parameters& parameters_;
  ProcessGroup& processes_;
  std::vector<Bucket> buckets_;
  std::vector<int64_t> order_;  // buckets with weights; empty before the first update
  std::vector<int64_t> made_;   // buckets in the order of the first update
  size_t begun_ = 0;            // of order_
  bool expects_ = false;
};

}  // namespace kani::train
