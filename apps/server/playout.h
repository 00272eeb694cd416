// What a listener hears who plays speech as it comes.
#pragma once

#include <cstdint>

namespace kani::server {

/// Counts the pauses: moments at which all that was sent has been played and more was to come.
class Playout {
 public:
  /// @param seconds on any clock that does not go back; @param audio_seconds sent at that moment
  void Sent(double seconds, double audio_seconds) {
    if (!started_) {
      started_ = true;
      played_out_at_ = seconds;
    } else if (seconds > played_out_at_) {
      ++underruns_;
      played_out_at_ = seconds;
    }
    played_out_at_ += audio_seconds;
  }
  int64_t underruns() const { return underruns_; }

 private:
  bool started_ = false;
  double played_out_at_ = 0;
  int64_t underruns_ = 0;
};

}  // namespace kani::server
