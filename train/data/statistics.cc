#include "train/data/statistics.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace kani::train {
namespace {

constexpr int kMaxBins = 25;

/// @param at in [0, 1]
double Quantile(const std::vector<double>& sorted, double at) {
  const double place = at * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<size_t>(place);
  const size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (place - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

/// The smallest round width of which kMaxBins reach beyond `maximum`.
double RoundWidth(double maximum, double least_width) {
  for (double power = least_width;; power *= 10) {
    for (const double digit : {1.0, 2.0, 5.0}) {
      if (digit * power * kMaxBins > maximum) return digit * power;
    }
  }
}

/// Code points: all bytes but those that continue one.
int64_t Characters(const std::string& text) {
  return std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
}

}  // namespace

Summary Summarise(std::vector<double> values) {
  Summary out;
  out.count = std::ssize(values);
  if (values.empty()) return out;
  std::ranges::sort(values);
  const auto count = static_cast<double>(values.size());
  for (const double value : values) out.mean += value / count;
  for (const double value : values) {
    out.standard_deviation += (value - out.mean) * (value - out.mean) / count;
  }
  out.standard_deviation = std::sqrt(out.standard_deviation);
  out.minimum = values.front();
  out.lower_quartile = Quantile(values, 0.25);
  out.median = Quantile(values, 0.5);
  out.upper_quartile = Quantile(values, 0.75);
  out.maximum = values.back();
  return out;
}

Histogram MakeHistogram(std::string title, std::string unit, double least_width,
                        std::vector<double> values) {
  Histogram out{std::move(title), std::move(unit)};
  const double maximum = values.empty() ? 0 : *std::ranges::max_element(values);
  out.width = RoundWidth(maximum, least_width);
  out.counts.resize(static_cast<size_t>(maximum / out.width) + 1);
  for (const double value : values) ++out.counts[static_cast<size_t>(value / out.width)];
  out.summary = Summarise(std::move(values));
  return out;
}

CorpusStatistics Statistics(const Corpus& corpus) {
  std::vector<double> durations_s, characters, clips_per_voice;
  for (int64_t i = 0; i < corpus.size(); ++i) {
    const Utterance clip = corpus.Get(i);
    durations_s.push_back(static_cast<double>(clip.frames(corpus.format())) /
                          corpus.format().frames_per_second);
    characters.push_back(static_cast<double>(Characters(clip.text)));
  }
  for (const auto& [voice, tally] : corpus.manifest().voices) {
    clips_per_voice.push_back(static_cast<double>(tally.clips));
  }
  return {corpus.manifest(),
          {MakeHistogram("duration", "s", 0.1, std::move(durations_s)),
           MakeHistogram("text", "characters", 1, std::move(characters)),
           MakeHistogram("clips per voice", "clips", 1, std::move(clips_per_voice))}};
}

}  // namespace kani::train
