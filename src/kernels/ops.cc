#include "kernels/ops.h"

#include <numeric>

#include "base/error.h"

namespace kani::kernels {

const ConvolveArgs& Ops::Checked(const ConvolveArgs& args) {
  KANI_DCHECK(args.weights != nullptr && args.rows >= 0 && args.stride >= 1 && args.dilation >= 1);
  KANI_DCHECK(args.weights->taps() == 1 || TraitsOf(args.weights->format()).convolutions);
  KANI_DCHECK(args.x_stride >= args.weights->inputs() && args.y_stride >= args.weights->outputs());
  KANI_DCHECK(args.segments.empty() ||
              std::accumulate(args.segments.begin(), args.segments.end(), int64_t{0}) == args.rows);
  KANI_DCHECK(args.segments.empty() || args.stride == 1 ||
              TraitsOf(args.weights->format()).convolutions);
  return args;
}

const HeadNormArgs& Ops::Checked(const HeadNormArgs& args) {
  KANI_DCHECK(args.rows >= 0 && args.x_stride >= args.heads * args.head_size);
  return args;
}

const RopeArgs& Ops::Checked(const RopeArgs& args) {
  KANI_DCHECK(args.rows >= 0 && args.head_size % 2 == 0);
  KANI_DCHECK(args.x_stride >= args.heads * args.head_size);
  return args;
}

const ShortConvolutionArgs& Ops::Checked(const ShortConvolutionArgs& args) {
  KANI_DCHECK(args.channels > 0 && args.tap_count > 0);
  for ([[maybe_unused]] const ConvolutionSegment& segment : args.segments) {
    KANI_DCHECK(segment.rows >= 0 && (segment.state != nullptr || args.tap_count == 1));
  }
  return args;
}

const HalfSnakeArgs& Ops::Checked(const HalfSnakeArgs& args) {
  KANI_DCHECK(args.channels > 0 && args.context >= 0);
  for ([[maybe_unused]] const ConvolutionSegment& segment : args.segments) {
    KANI_DCHECK(segment.rows >= 0 && (segment.state != nullptr || args.context == 0));
  }
  return args;
}

const GroupedUpsampleArgs& Ops::Checked(const GroupedUpsampleArgs& args) {
  KANI_DCHECK(args.channels > 0 && args.channels % 2 == 0 && args.rate >= 1);
  for ([[maybe_unused]] const int64_t rows : args.segments) KANI_DCHECK(rows >= 0);
  return args;
}

const StoreKvArgs& Ops::Checked(const StoreKvArgs& args) {
  for ([[maybe_unused]] const KvSegment& segment : args.segments) {
    [[maybe_unused]] const KvShape& shape = segment.cache->shape();
    KANI_DCHECK(args.layer >= 0 && args.layer < shape.layers);
    KANI_DCHECK(segment.first_row >= 0 && segment.rows >= 0 &&
                segment.first_row + segment.rows <= segment.cache->capacity());
    KANI_DCHECK(args.k_stride >= shape.kv_heads * shape.head_size &&
                args.v_stride >= shape.kv_heads * shape.head_size);
  }
  return args;
}

const AttentionArgs& Ops::Checked(const AttentionArgs& args) {
  for ([[maybe_unused]] const KvSegment& segment : args.segments) {
    [[maybe_unused]] const KvShape& shape = segment.cache->shape();
    KANI_DCHECK(args.layer >= 0 && args.layer < shape.layers);
    KANI_DCHECK(segment.first_row >= 0 && segment.rows >= 0 &&
                segment.first_row + segment.rows <= segment.cache->capacity());
    KANI_DCHECK(args.heads > 0 && args.heads % shape.kv_heads == 0);
    KANI_DCHECK(args.q_stride >= args.heads * shape.head_size &&
                args.y_stride >= args.heads * shape.head_size);
  }
  return args;
}

const BiasedAttentionArgs& Ops::Checked(const BiasedAttentionArgs& args) {
  KANI_DCHECK(args.rows >= 0 && args.qkv_stride >= args.heads * args.head_size);
  return args;
}

std::unique_ptr<Ops> MakeOps(std::string_view device, int threads) {
  return MakeDevice(device)->NewOps(threads);
}

}  // namespace kani::kernels
