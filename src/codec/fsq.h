// Finite scalar quantisation: a vector of few dimensions, each rounded to one of a few levels, is
// one code. No learned parameters. arXiv 2309.15505, in the form NeMo computes it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace kani::codec {

/// The quantiser of one codebook. Digit 0 of a code is the least significant. Immutable.
class FiniteScalarQuantizer {
 public:
  /// @param levels of each dimension, >= 2, their product < 2^31. Throws kInvalidArgument.
  explicit FiniteScalarQuantizer(std::span<const int64_t> levels);

  int64_t dimensions() const { return static_cast<int64_t>(digits_.size()); }
  int64_t codebook_size() const { return codebook_size_; }
  /// Number of levels, and the weight of the digit, of dimension `d`.
  int64_t levels(int64_t d) const { return digits_[static_cast<size_t>(d)].levels; }
  int64_t base(int64_t d) const { return digits_[static_cast<size_t>(d)].base; }

  /// @param latent [D], any real numbers; NaN counts as the middle level.
  int32_t Encode(std::span<const float> latent) const;
  /// @param code in [0, codebook_size). @param latent [D], receives values in [-1, 1].
  void Decode(int32_t code, std::span<float> latent) const;

 private:
  struct Digit {
    int64_t levels;
    int64_t base;
    int64_t half;         // floor(levels / 2): the level of value 0
    float scale, offset;  // u = scale * tanh(x + shift) - offset
    float shift;
  };
  std::vector<Digit> digits_;
  int64_t codebook_size_ = 1;
};

}  // namespace kani::codec
