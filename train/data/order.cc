#include "train/data/order.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/random.h"
#include "train/data/permutation.h"
#include "train/data/random_streams.h"

namespace kani::train {
namespace {

constexpr size_t kMaxSources = 1 << 16;
constexpr double kMaxWeight = 1000;

}  // namespace

ClipOrder::ClipOrder(uint64_t seed, std::span<const OrderSource> sources) : seed_(seed) {
  if (sources.size() > kMaxSources) {
    Fail(ErrorCode::kInvalidArgument, sources.size(), " sources, at most ", kMaxSources);
  }
  int64_t end = 0;
  for (const OrderSource& source : sources) {
    if (!(source.weight >= 0 && source.weight <= kMaxWeight) || source.clips < 0) {
      Fail(ErrorCode::kInvalidArgument, "source of ", source.clips, " clips and weight ",
           source.weight, ", expected a weight of 0 to ", kMaxWeight);
    }
    end += std::llround(static_cast<double>(source.clips) * source.weight);
    clips_.push_back(source.clips);
    ends_.push_back(end);
  }
  if (end == 0) Fail(ErrorCode::kInvalidArgument, "no clips to train on");
}

OrderedClip ClipOrder::At(int64_t epoch, int64_t position) const {
  const KeyedPermutation mix(size(), seed_, RandomStream(RandomUse::kMix, 0, epoch));
  const int64_t draw = mix(position);
  const auto source = std::ranges::upper_bound(ends_, draw) - ends_.begin();
  const int64_t begin = source == 0 ? 0 : ends_[source - 1];
  const int64_t clips = clips_[source];
  // The source's draws are numbered through all epochs, so that a pass may cross their border.
  const int64_t number = epoch * (ends_[source] - begin) + (draw - begin);
  const KeyedPermutation pass(clips, seed_, RandomStream(RandomUse::kPass, source, number / clips));
  return {static_cast<int32_t>(source), pass(number % clips)};
}

int64_t VoiceDonor(uint64_t seed, int64_t epoch, int64_t clip, std::span<const int64_t> same_voice,
                   double probability) {
  const CounterRandom random(seed, RandomStream(RandomUse::kVoice, 0, epoch));
  const auto index = 2 * static_cast<uint64_t>(clip);
  if (random.Uniform(index) >= probability) return clip;
  const auto [first, last] = std::equal_range(same_voice.begin(), same_voice.end(), clip);
  const int64_t self = first - same_voice.begin();
  const int64_t others = std::ssize(same_voice) - (last - first);
  if (others == 0) return clip;
  const auto draw = static_cast<int64_t>(random.Uniform(index + 1) * static_cast<double>(others));
  return same_voice[static_cast<size_t>(draw < self ? draw : draw + (last - first))];
}

}  // namespace kani::train
