// How fast a run is: what its progress line and its metrics say.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "model/lm_config.h"

namespace kani::train {

/// Floating-point operations of the model in one update, forward and backward, however they are
/// made (what is computed twice to save memory counts once):
///   6 · tokens · weights  +  12 · attention layers · heads · head_dim · rows
/// weights: those in matrix products, which are the projections of every layer and the head (tied
/// or not, once); not the embeddings that are looked up, norms, taps of convolutions, and the
/// speaker's projection. rows: those that a token attends to, itself included, added up over all
/// tokens: T (T + 1) / 2 for a clip of T.
/// @param clip_tokens T of each clip
double ModelFlops(const model::LmConfig& config, std::span<const int64_t> clip_tokens);

/// What one update worked on.
struct UpdateWork {
  int64_t tokens = 0;
  double speech_s = 0;
  double flops = 0;  ///< ModelFlops of its clips
};

/// Averages over about the last fifty updates; the first ones, which warm up, fade out.
class Throughput {
 public:
  /// @param peak_flops_per_s the most that the machine can do in the compute type, as measured;
  /// 0: unknown
  explicit Throughput(double peak_flops_per_s = 0) : peak_flops_per_s_(peak_flops_per_s) {}

  /// Times in seconds of any clock that never goes back. What passes between two updates (looks at
  /// held-out clips, checkpoints) counts for the time left only.
  void Add(const UpdateWork& work, double begin_s, double end_s);

  // All 0 before the first update.
  double tokens_per_s() const { return PerSecond(average_.tokens); }
  /// Seconds of speech in a second, which is hours of speech in an hour.
  double speech_per_s() const { return PerSecond(average_.speech_s); }
  /// Model FLOPs utilisation, a share of the peak; none if that is unknown.
  std::optional<double> mfu() const;
  /// For `updates` more: as fast as lately, with as much between them as so far.
  double SecondsLeft(int64_t updates) const;

  /// "12.3k tokens/s  85 x real time  41 % MFU  1 h 05 min left".
  std::string Text(int64_t updates_left) const;

 private:
  struct Average {
    double updates = 0, seconds = 0, tokens = 0, speech_s = 0, flops = 0;
  };
  double PerSecond(double amount) const {
    return average_.seconds > 0 ? amount / average_.seconds : 0;
  }

  double peak_flops_per_s_;
  Average average_;  ///< sums in which older updates weigh less
  int64_t updates_ = 0;
  double pauses_s_ = 0;
  std::optional<double> last_end_s_;
};

}  // namespace kani::train
