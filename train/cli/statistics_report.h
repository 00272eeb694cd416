// What a corpus holds, for people: as text and as SVG, which show the same bars.
#pragma once

#include <string>

#include "train/data/statistics.h"

namespace kani::train {

/// For a terminal: totals, hours of each language, source and the ten largest voices, histograms.
std::string StatisticsText(const CorpusStatistics& statistics);
/// The histograms as one SVG document.
std::string StatisticsSvg(const CorpusStatistics& statistics);

}  // namespace kani::train
