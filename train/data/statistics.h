// How a corpus is distributed: durations, lengths of texts, clips per voice.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "train/data/corpus.h"

namespace kani::train {

/// Of a list of numbers; quartiles are interpolated linearly.
struct Summary {
  int64_t count = 0;
  double mean = 0, standard_deviation = 0;  ///< of the population
  double minimum = 0, lower_quartile = 0, median = 0, upper_quartile = 0, maximum = 0;
};
Summary Summarise(std::vector<double> values);

/// Bin i counts values of [i * width, (i + 1) * width).
struct Histogram {
  std::string title, unit;
  double width = 1;
  std::vector<int64_t> counts;
  Summary summary;
};
/// At most 25 bins of a round width (1, 2 or 5 times a power of ten, at least `least_width`, itself
/// a power of ten) from 0 to the largest value. REQUIRES: values >= 0.
Histogram MakeHistogram(std::string title, std::string unit, double least_width,
                        std::vector<double> values);

struct CorpusStatistics {
  Manifest manifest;
  std::vector<Histogram> histograms;  ///< durations, characters of text, clips per voice
};
CorpusStatistics Statistics(const Corpus& corpus);

}  // namespace kani::train
