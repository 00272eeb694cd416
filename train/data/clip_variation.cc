#include "train/data/clip_variation.h"

#include <algorithm>

#include "base/error.h"
#include "base/random.h"
#include "train/data/random_streams.h"

namespace kani::train {
namespace {

/// Another code of the token's codebook. @param draw in [0, 1)
int32_t AnotherCode(int32_t token, const model::TokenLayout& tokens, double draw) {
  const int32_t code = (token - tokens.audio_tokens_start) % tokens.codebook_size;
  const int32_t others = tokens.codebook_size - 1;
  const auto step = 1 + std::min(static_cast<int32_t>(draw * others), others - 1);
  return token - code + (code + step) % tokens.codebook_size;
}

}  // namespace

void Check(const ClipVariation& variation) {
  const auto share = [](const char* name, double value) {
    if (!(value >= 0 && value <= 1)) {
      Fail(ErrorCode::kInvalidArgument, name, " ", value, ", expected a share of [0, 1]");
    }
  };
  share("replaced inputs", variation.replaced_inputs);
  share("dropped voices", variation.dropped_voices);
}

void Vary(const ClipVariation& variation, const model::TokenLayout& tokens, uint64_t seed,
          int64_t epoch, int64_t number, Clip& clip) {
  const auto index = static_cast<uint64_t>(number);
  const CounterRandom voices(seed, RandomStream(RandomUse::kDroppedVoice, 0, epoch));
  if (!clip.speaker.empty() && voices.Uniform(index) < variation.dropped_voices) {
    std::erase(clip.rows, model::kSpeakerRow);
    clip.speaker.clear();
  }
  if (variation.audio_targets_only) {
    const auto audio =
        std::ranges::find_if(clip.rows, [&](int32_t r) { return tokens.IsAudio(r); });
    clip.first_target = static_cast<size_t>(audio - clip.rows.begin());
  }
  if (variation.replaced_inputs == 0) return;
  const CounterRandom inputs(seed, RandomStream(RandomUse::kReplacedInput, 0, epoch));
  clip.inputs = clip.rows;
  for (size_t row = 0; row < clip.inputs.size(); ++row) {
    const uint64_t at = index << 24 | 2 * row;  // two draws a row; a clip has less than 2^23 rows
    if (!tokens.IsAudio(clip.inputs[row]) || inputs.Uniform(at) >= variation.replaced_inputs) {
      continue;
    }
    clip.inputs[row] = AnotherCode(clip.inputs[row], tokens, inputs.Uniform(at + 1));
  }
}

}  // namespace kani::train
