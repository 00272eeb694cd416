#include "train/data/held_out.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>
#include <utility>

#include "base/error.h"

namespace kani::train {
namespace {

/// Gives clips of `order` that have no donor yet the one half of `order` away, if its text differs.
void RotateByHalf(std::span<const HeldOutClip> clips, std::span<const size_t> order,
                  Donors& donors) {
  for (size_t i = 0; i < order.size(); ++i) {
    const size_t donor = order[(i + order.size() / 2) % order.size()];
    if (!donors[order[i]] && clips[donor].text != clips[order[i]].text) donors[order[i]] = donor;
  }
}

double Dot(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// 1 for vectors without a direction: they differ from nothing.
double CosineSimilarity(std::span<const float> a, std::span<const float> b) {
  const double norms = std::sqrt(Dot(a, a) * Dot(b, b));
  return norms > 0 ? Dot(a, b) / norms : 1;
}

auto FirstAudio(const std::vector<int32_t>& rows, const model::TokenLayout& tokens) {
  return std::ranges::find_if(rows, [&](int32_t row) { return tokens.IsAudio(row); });
}

}  // namespace

std::vector<HeldOutClip> HeldOutClips(const Corpus& corpus, std::span<const int64_t> numbers,
                                      int64_t most, const text::Tokenizer& tokenizer,
                                      const model::TokenLayout& tokens,
                                      const SequenceOptions& options) {
  const int64_t count = std::min(most, std::ssize(numbers));
  std::vector<HeldOutClip> clips;
  for (int64_t i = 0; i < count; ++i) {
    const Utterance utterance =
        corpus.Get(numbers[static_cast<size_t>(i * std::ssize(numbers) / count)]);
    clips.push_back({BuildClip(utterance, corpus.format(), tokenizer, tokens, options),
                     utterance.text, utterance.language});
  }
  return clips;
}

Donors WrongTexts(std::span<const HeldOutClip> clips) {
  std::vector<size_t> order(clips.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t i) {
    return std::tuple(std::string_view(clips[i].language), std::string_view(clips[i].text), i);
  });
  Donors donors(clips.size());
  for (auto begin = order.begin(); begin != order.end();) {
    const auto end = std::find_if(
        begin, order.end(), [&](size_t i) { return clips[i].language != clips[*begin].language; });
    RotateByHalf(clips, std::span(begin, end), donors);
    begin = end;
  }
  RotateByHalf(clips, order, donors);
  return donors;
}

Donors WrongVoices(std::span<const HeldOutClip> clips) {
  Donors donors(clips.size());
  for (size_t i = 0; i < clips.size(); ++i) {
    const std::vector<float>& own = clips[i].clip.speaker;
    double least = 2;
    for (size_t k = 0; k < clips.size(); ++k) {
      const std::vector<float>& other = clips[k].clip.speaker;
      if (own.empty() || other.empty() || own == other) continue;
      const double similarity = CosineSimilarity(own, other);
      if (similarity < least) {
        least = similarity;
        donors[i] = k;
      }
    }
  }
  return donors;
}

Clip WithText(const Clip& clip, const Clip& donor, const model::TokenLayout& tokens) {
  const auto own_audio = FirstAudio(clip.rows, tokens);
  const auto own_speaker = std::find(clip.rows.begin(), own_audio, model::kSpeakerRow);
  Clip out;
  out.rows.assign(donor.rows.begin(), FirstAudio(donor.rows, tokens));
  std::erase(out.rows, model::kSpeakerRow);
  if (own_speaker != own_audio) {
    const auto place = own_speaker - clip.rows.begin();
    out.rows.insert(out.rows.begin() + std::min(place, std::ssize(out.rows)), model::kSpeakerRow);
    out.speaker = clip.speaker;
  }
  out.rows.insert(out.rows.end(), own_audio, clip.rows.end());
  return out;
}

Clip WithVoice(const Clip& clip, const Clip& donor) {
  KANI_DCHECK(!clip.speaker.empty() && !donor.speaker.empty());
  Clip out = clip;
  out.speaker = donor.speaker;
  return out;
}

}  // namespace kani::train
