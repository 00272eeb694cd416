// Faster or slower speech at the same pitch: SoundTouch's time stretching (overlapping pieces that
// are joined where they fit best), for streams.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace kani::audio {

inline constexpr double kLowestSpeed = 0.25;
inline constexpr double kHighestSpeed = 4.0;

/// Mono; any chunking of the input gives the same output bit for bit, on machines of one
/// architecture with one release of SoundTouch. A speed of 1 copies.
class TimeStretch {
 public:
  /// Throws kInvalidArgument for a speed outside [kLowestSpeed, kHighestSpeed].
  /// @param speed 2 = half as long.
  TimeStretch(double speed, int sample_rate_hz);
  ~TimeStretch();
  TimeStretch(TimeStretch&&) noexcept;

  /// Appends what `input` makes available, about 0.1 s later than it came in.
  void Process(std::span<const float> input, std::vector<float>& output);
  /// Appends the tail; the total is the input's length divided by the speed, rounded to nearest.
  /// The object is then ready for a new signal.
  void Finish(std::vector<float>& output);

 private:
  void Take(std::vector<float>& output, int64_t limit);

  struct Stretcher;
  double speed_;
  std::unique_ptr<Stretcher> stretcher_;  // null at a speed of 1
  int64_t received_ = 0, produced_ = 0;
};

}  // namespace kani::audio
