#include "train/lm/chunked_cross_entropy.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "train/lm/packed_batch.h"

namespace kani::train {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

struct HeadLoss : torch::autograd::Function<HeadLoss> {
  static Variable forward(AutogradContext* context, const Variable& hidden, const Variable& head,
                          const Variable& targets, int64_t chunk_rows) {
    const at::Tensor rows = targets.ne(kNoTarget).nonzero().squeeze(1);
    // Sums in fp32 at least, whatever the compute type.
    const auto wide = hidden.options().dtype(at::promote_types(hidden.scalar_type(), at::kFloat));
    at::Tensor hidden_gradient = at::zeros_like(hidden);
    at::Tensor head_gradient = at::zeros(head.sizes(), wide);
    at::Tensor loss = at::zeros({}, wide);
    for (int64_t begin = 0; begin < rows.size(0); begin += chunk_rows) {
      const at::Tensor chunk = rows.narrow(0, begin, std::min(chunk_rows, rows.size(0) - begin));
      const at::Tensor inputs = hidden.index_select(0, chunk);
      const at::Tensor wanted = targets.index_select(0, chunk).unsqueeze(1);
      at::Tensor logits = at::linear(inputs, head).to(loss.scalar_type());
      const at::Tensor log_sum = logits.logsumexp(1, /*keepdim=*/true);
      loss += (log_sum - logits.gather(1, wanted)).sum();
      // In place, the logits become their own gradient: softmax - 1 at the target.
      logits.sub_(log_sum).exp_();
      logits.scatter_add_(1, wanted, at::full_like(wanted, -1, logits.options()));
      const at::Tensor gradient = logits.to(hidden.scalar_type());
      hidden_gradient.index_copy_(0, chunk, at::mm(gradient, head));
      head_gradient += at::mm(gradient.t(), inputs);
    }
    context->save_for_backward({hidden_gradient, head_gradient.to(head.scalar_type())});
    return loss;
  }

  static variable_list backward(AutogradContext* context, variable_list outer) {
    const variable_list saved = context->get_saved_variables();
    return {saved[0] * outer[0].to(saved[0].scalar_type()),
            saved[1] * outer[0].to(saved[1].scalar_type()), Variable(), Variable()};
  }
};

}  // namespace

at::Tensor ChunkedCrossEntropy(const at::Tensor& hidden, const at::Tensor& head,
                               const at::Tensor& targets, int64_t chunk_rows) {
  return HeadLoss::apply(hidden, head, targets, chunk_rows);
}

}  // namespace kani::train
