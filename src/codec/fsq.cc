#include "codec/fsq.h"

#include <cmath>
#include <limits>

#include "base/elementary.h"
#include "base/error.h"

namespace kani::codec {
namespace {

// 1 - eps with NeMo's class default: keeps the bounded value off the outermost rounding borders.
constexpr float kShrink = 0.999f;

}  // namespace

FiniteScalarQuantizer::FiniteScalarQuantizer(std::span<const int64_t> levels) {
  for (int64_t count : levels) {
    if (count < 2 || count > std::numeric_limits<int32_t>::max() / codebook_size_) {
      Fail(ErrorCode::kInvalidArgument, "quantiser levels: ", count, " after ", codebook_size_,
           " codes, expected at least 2 levels and a product below 2^31");
    }
    Digit digit{.levels = count, .base = codebook_size_, .half = count / 2};
    digit.scale = static_cast<float>(count - 1) / 2 * kShrink;
    digit.offset = count % 2 == 0 ? 0.5f : 0.0f;
    // tan, as in the original FSQ code, although the inverse of tanh would be atanh.
    const double angle = digit.offset / digit.scale;
    digit.shift = static_cast<float>(Sin(angle) / Cos(angle));
    digits_.push_back(digit);
    codebook_size_ *= count;
  }
}

int32_t FiniteScalarQuantizer::Encode(std::span<const float> latent) const {
  KANI_DCHECK(latent.size() == digits_.size());
  int64_t code = 0;
  for (size_t d = 0; d < digits_.size(); ++d) {
    const Digit& digit = digits_[d];
    const auto squashed = static_cast<float>(Tanh(latent[d] + digit.shift));
    const float bounded = digit.scale * squashed - digit.offset;
    // Rounds half to even, and stays in [-half, levels - half) because |tanh| <= 1.
    const int64_t level = std::isnan(bounded) ? 0 : std::lrint(bounded);
    code += (level + digit.half) * digit.base;
  }
  return static_cast<int32_t>(code);
}

void FiniteScalarQuantizer::Decode(int32_t code, std::span<float> latent) const {
  KANI_DCHECK(latent.size() == digits_.size() && code >= 0 && code < codebook_size_);
  for (size_t d = 0; d < digits_.size(); ++d) {
    const Digit& digit = digits_[d];
    const int64_t level = code / digit.base % digit.levels - digit.half;
    latent[d] = static_cast<float>(level) / static_cast<float>(digit.half);
  }
}

}  // namespace kani::codec
