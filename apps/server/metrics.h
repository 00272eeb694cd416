// What a server counts and measures, as Prometheus reads it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace kani::server {

/// What one speech was like, once it is over.
struct SpeechMeasures {
  double first_audio_seconds = 0;  ///< from the request to the first PCM; 0 = there was none
  double queue_wait_seconds = 0;   ///< until its first piece started
  double real_time_factor = 0;     ///< 0 = unknown
  double audio_seconds = 0;
  int64_t batch_size = 0;  ///< pieces under way when its first audio left
  int64_t underruns = 0;   ///< pauses that a listener who plays as it comes had
};

/// Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  /// @param route as it is documented, "other" for an unknown one
  void CountRequest(std::string_view route, int status);
  void CountError(std::string_view code);
  /// @param why "client_left", "slow_reader", "time_limit", "shutdown" or "asked"
  void CountCancellation(std::string_view why);
  void Observe(const SpeechMeasures& measures);
  void SetQueue(int64_t requests, int64_t pieces, int64_t loaded_models, int64_t connections);

  /// Text exposition, version 0.0.4.
  std::string Text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kani::server
