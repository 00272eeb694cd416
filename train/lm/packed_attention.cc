#include "train/lm/packed_attention.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

namespace kani::train {

namespace {

at::Tensor FlashAttention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                          const PackedBatch& batch) {
  int64_t longest = 0;
  for (size_t clip = 0; clip + 1 < batch.borders.size(); ++clip) {
    longest = std::max(longest, batch.borders[clip + 1] - batch.borders[clip]);
  }
  const at::Tensor borders = at::tensor(batch.borders, at::kInt).to(q.device());
  return std::get<0>(at::_flash_attention_forward(q, k, v, borders, borders, longest, longest,
                                                  /*dropout_p=*/0.0, /*is_causal=*/true,
                                                  /*return_debug_mask=*/false));
}

}  // namespace

at::Tensor PackedAttention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                           const PackedBatch& batch) {
  if (q.is_cuda() && q.scalar_type() != at::kFloat) return FlashAttention(q, k, v, batch);
  std::vector<at::Tensor> outputs;
  for (size_t clip = 0; clip + 1 < batch.borders.size(); ++clip) {
    const int64_t begin = batch.borders[clip], count = batch.borders[clip + 1] - begin;
    const auto part = [&](const at::Tensor& all) {
      return all.narrow(0, begin, count).transpose(0, 1).unsqueeze(0);  // [1, H, rows, E]
    };
    outputs.push_back(at::scaled_dot_product_attention(part(q), part(k), part(v), {}, 0.0,
                                                       /*is_causal=*/true, {},
                                                       /*enable_gqa=*/true)
                          .squeeze(0)
                          .transpose(0, 1));
  }
  return at::cat(outputs);
}

}  // namespace kani::train
