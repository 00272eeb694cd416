// In which order the clips of an epoch are heard: a pure function of (seed, epoch, position), so it
// does not depend on the number of processes and resumes anywhere.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace kani::train {

struct OrderSource {
  int64_t clips = 0;
  /// How often each clip is heard in an epoch, on average: with 0.5 every clip comes once in two
  /// epochs, with 3 three times an epoch.
  double weight = 1;
};

/// One clip of one source.
struct OrderedClip {
  int32_t source = 0;
  int64_t clip = 0;  ///< of [0, clips) of that source
  bool operator==(const OrderedClip&) const = default;
};

/// All sources shuffled together. Each source goes through its clips pass by pass; an epoch takes
/// up where the one before stopped, so with weight 1 it hears every clip once. Immutable;
/// thread-safe.
class ClipOrder {
 public:
  /// Throws kInvalidArgument when there is no clip to hear, for more than 65536 sources and for a
  /// weight that is not of [0, 1000].
  ClipOrder(uint64_t seed, std::span<const OrderSource> sources);

  /// Clips heard in one epoch: the sum of round(clips * weight).
  int64_t size() const { return ends_.back(); }
  /// REQUIRES: 0 <= epoch < 2^30, 0 <= position < size(). Constant time, about 1.5 us.
  OrderedClip At(int64_t epoch, int64_t position) const;

 private:
  uint64_t seed_;
  std::vector<int64_t> clips_;  ///< of each source
  std::vector<int64_t> ends_;   ///< running sum of what an epoch hears of each source
};

/// Whose voice vector a clip is trained with: with `probability` that of another clip of the same
/// speaker, so that the model learns the speaker instead of the recording. A pure function of its
/// arguments.
/// @param clip any number >= 0 that is the clip's own
/// @param same_voice such numbers of the clips of its speaker that have a vector, itself included
/// or not; ascending
/// @return a number of `same_voice`, or `clip`.
int64_t VoiceDonor(uint64_t seed, int64_t epoch, int64_t clip, std::span<const int64_t> same_voice,
                   double probability);

}  // namespace kani::train
