#include "train/nn/gradient_sums.h"

#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace kani::train {

/// Called by backward when a weight's gradient is in its place.
class GradientSums::Hook : public torch::autograd::PostAccumulateGradHook {
 public:
  /// @param first and last bucket that hold the weight's gradient
  Hook(GradientSums& sums, size_t first, size_t last) : sums_(sums), first_(first), last_(last) {}
  void operator()(const at::Tensor&) override { sums_.Made(first_, last_); }

 private:
  GradientSums& sums_;
  size_t first_, last_;
};

GradientSums::GradientSums(const Parameters& parameters, ProcessGroup& processes,
                           int64_t bucket_elements)
    : parameters_(parameters), processes_(processes) {
  if (processes.size() == 1) return;
  const at::Tensor& gradients = parameters.gradients();
  for (int64_t begin = 0; begin < gradients.size(0); begin += bucket_elements) {
    const int64_t size = std::min(bucket_elements, gradients.size(0) - begin);
    buckets_.push_back({.gradients = gradients.narrow(0, begin, size)});
  }
  for (size_t i = 0; i < parameters.specs().size(); ++i) {
    const auto& [name, shape] = parameters.specs()[i];
    const int64_t begin = parameters.Offset(i), size = ElementCount(shape);
    if (parameters.IsFrozen(i) || size == 0) continue;
    const auto first = static_cast<size_t>(begin / bucket_elements);
    const auto last = static_cast<size_t>((begin + size - 1) / bucket_elements);
    for (size_t bucket = first; bucket <= last; ++bucket) ++buckets_[bucket].weights;
    torch::autograd::impl::set_post_acc_grad_hooks(parameters.Get(name),
                                                   std::make_unique<Hook>(*this, first, last));
  }
}

GradientSums::~GradientSums() {
  if (buckets_.empty()) return;
  for (const TensorSpec& spec : parameters_.specs()) {
    torch::autograd::impl::set_post_acc_grad_hooks(parameters_.Get(spec.name), nullptr);
  }
}

void GradientSums::ExpectLast() {
  for (Bucket& bucket : buckets_) bucket.missing = bucket.weights;
  made_.clear();
  expects_ = true;
}

void GradientSums::Made(size_t first, size_t last) {
  if (!expects_) return;
  for (size_t bucket = first; bucket <= last; ++bucket) {
    if (--buckets_[bucket].missing == 0) made_.push_back(static_cast<int64_t>(bucket));
  }
  BeginThoseMade();
}

void GradientSums::BeginThoseMade() {
  for (; begun_ < order_.size(); ++begun_) {
    Bucket& bucket = buckets_[static_cast<size_t>(order_[begun_])];
    if (bucket.missing > 0) return;
    bucket.wait = processes_.BeginSum(bucket.gradients);
  }
}

void GradientSums::Finish() {
  if (buckets_.empty()) return;
  expects_ = false;
  if (order_.empty()) AgreeOnOrder();
  for (Bucket& bucket : buckets_) bucket.missing = 0;  // a weight without a gradient keeps zeros
  BeginThoseMade();
  for (const int64_t bucket : order_) buckets_[static_cast<size_t>(bucket)].wait();
  begun_ = 0;
}

void GradientSums::AgreeOnOrder() {
  const auto in_order = [&](int64_t bucket) {
    return std::ranges::find(made_, bucket) != made_.end();
  };
  for (int64_t i = 0; i < std::ssize(buckets_); ++i) {
    if (buckets_[static_cast<size_t>(i)].weights > 0 && !in_order(i)) made_.push_back(i);
  }
  const at::Tensor order = at::empty({std::ssize(made_)}, at::TensorOptions(at::kLong));
  std::ranges::copy(made_, order.data_ptr<int64_t>());
  processes_.Broadcast(order);
  order_.assign(order.data_ptr<int64_t>(), order.data_ptr<int64_t>() + order.numel());
}

}  // namespace kani::train
