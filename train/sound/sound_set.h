// Recordings in memory, at one sample rate and two bytes a sample: 159 MB an hour at 22 050 Hz.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace kani::train {

struct SoundClip {
  std::string id, speaker;
  std::vector<int16_t> samples;  ///< not empty
};

/// Immutable.
class SoundSet {
 public:
  SoundSet(std::vector<SoundClip> clips, int sample_rate_hz);

  int64_t size() const { return std::ssize(clips_); }
  const SoundClip& operator[](int64_t clip) const { return clips_[static_cast<size_t>(clip)]; }
  int sample_rate_hz() const { return sample_rate_hz_; }
  /// Of all clips.
  int64_t samples() const { return samples_; }
  /// A checksum of ids and samples: what orders of training are functions of.
  const std::string& checksum() const { return checksum_; }

  /// Samples from `begin` on in [-1, 1), silence before the clip and behind it.
  void Read(int64_t clip, int64_t begin, std::span<float> out) const;

 private:
  std::vector<SoundClip> clips_;
  int sample_rate_hz_;
  int64_t samples_ = 0;
  std::string checksum_;
};

}  // namespace kani::train
