// Bucketed relative positions of WavLM's attention (as T5's, both directions).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace kani::speaker {

/// Bucket of a key `offset` frames after its query (before it when negative). The first half of the
/// buckets is for offsets <= 0; within a half, the first half is exact and the rest grows
/// logarithmically up to `max_distance`.
/// REQUIRES: num_buckets a multiple of 4, max_distance > num_buckets / 4.
int64_t RelativePositionBucket(int64_t offset, int64_t num_buckets, int64_t max_distance);

/// The bias of every pair of `frames` frames, which depends on their distance only.
/// @param table [num_buckets, heads]
/// @return [heads, 2 * frames - 1]; column key - query + frames - 1.
std::vector<float> RelativePositionStrip(std::span<const float> table, int64_t heads,
                                         int64_t num_buckets, int64_t max_distance, int64_t frames);

}  // namespace kani::speaker
