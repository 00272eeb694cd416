#include "train/sound/sound_set.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "train/data/checksum.h"

namespace kani::train {

SoundSet::SoundSet(std::vector<SoundClip> clips, int sample_rate_hz)
    : clips_(std::move(clips)), sample_rate_hz_(sample_rate_hz) {
  std::string text;
  for (const SoundClip& clip : clips_) {
    samples_ += std::ssize(clip.samples);
    text += StrCat(clip.id, "\n", clip.speaker, "\n", Crc32(std::as_bytes(std::span(clip.samples))),
                   "\n");
  }
  checksum_ = StrCat(size(), " clips, ", Crc32Text(text));
}

void SoundSet::Read(int64_t clip, int64_t begin, std::span<float> out) const {
  const std::vector<int16_t>& samples = (*this)[clip].samples;
  for (size_t i = 0; i < out.size(); ++i) {
    const int64_t at = begin + static_cast<int64_t>(i);
    const bool is_inside = at >= 0 && at < std::ssize(samples);
    out[i] = is_inside ? static_cast<float>(samples[static_cast<size_t>(at)]) / 32768.0f : 0.0f;
  }
}

}  // namespace kani::train
