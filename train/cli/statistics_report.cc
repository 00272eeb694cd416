#include "train/cli/statistics_report.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>

#include "base/error.h"
#include "train/observe/number_text.h"
#include "train/observe/svg.h"

namespace kani::train {
namespace {

constexpr size_t kShownVoices = 10;
constexpr int kBarColumns = 40;
constexpr int kChartWidth = 640, kChartHeight = 220, kMargin = 40;

int DecimalsOf(double width) {
  return width < 1 ? static_cast<int>(-std::floor(std::log10(width))) : 0;
}

std::string SummaryLine(const Histogram& histogram) {
  const Summary& s = histogram.summary;
  const int decimals = DecimalsOf(histogram.width) + 1;
  const auto number = [&](double value) { return Fixed(value, decimals); };
  return StrCat(histogram.title, " (", histogram.unit, "): mean ", number(s.mean), ", deviation ",
                number(s.standard_deviation), ", from ", number(s.minimum), " to ",
                number(s.maximum), ", quartiles ", number(s.lower_quartile), " ", number(s.median),
                " ", number(s.upper_quartile));
}

int64_t Highest(const Histogram& histogram) {
  return std::max<int64_t>(1, *std::ranges::max_element(histogram.counts));
}

void AppendTallies(std::string_view title, const Tallies& tallies, double frames_per_hour,
                   std::string& out) {
  std::vector<std::pair<std::string, Tally>> rows(tallies.begin(), tallies.end());
  std::ranges::stable_sort(
      rows, [](const auto& a, const auto& b) { return a.second.frames > b.second.frames; });
  out += StrCat(title, ": ", rows.size(), "\n");
  for (size_t i = 0; i < std::min(rows.size(), kShownVoices); ++i) {
    const auto& [name, tally] = rows[i];
    out += StrCat("  ", name.empty() ? "unknown" : Quoted(name), ": ", tally.clips, " clips, ",
                  Fixed(static_cast<double>(tally.frames) / frames_per_hour, 2), " h\n");
  }
  if (rows.size() > kShownVoices) out += StrCat("  and ", rows.size() - kShownVoices, " more\n");
}

void AppendBars(const Histogram& histogram, std::string& out) {
  const int decimals = DecimalsOf(histogram.width);
  for (size_t i = 0; i < histogram.counts.size(); ++i) {
    std::ostringstream line;
    const int64_t bar =
        (histogram.counts[i] * kBarColumns + Highest(histogram) - 1) / Highest(histogram);
    line << std::setw(10) << Fixed(histogram.width * static_cast<double>(i), decimals) << "  "
         << std::left << std::setw(kBarColumns) << std::string(static_cast<size_t>(bar), '#')
         << "  " << histogram.counts[i] << "\n";
    out += line.str();
  }
}

/// One chart below the top edge `y`.
void DrawChart(const Histogram& histogram, int y, Svg& svg) {
  const double step =
      static_cast<double>(kChartWidth - 2 * kMargin) / static_cast<double>(histogram.counts.size());
  const int bottom = y + kChartHeight - kMargin;
  svg.Text(kMargin, y + 20, SummaryLine(histogram));
  for (size_t i = 0; i < histogram.counts.size(); ++i) {
    const double x = kMargin + step * static_cast<double>(i);
    const double height = static_cast<double>(histogram.counts[i]) /
                          static_cast<double>(Highest(histogram)) * (kChartHeight - 2 * kMargin);
    svg.Bar(x, bottom - height, step * 0.9, height, "#2a6f97", StrCat(histogram.counts[i]));
    if (i % 5 == 0) {
      svg.Text(x, bottom + 16,
               Fixed(histogram.width * static_cast<double>(i), DecimalsOf(histogram.width)));
    }
  }
}

}  // namespace

std::string StatisticsText(const CorpusStatistics& statistics) {
  const Manifest& manifest = statistics.manifest;
  const double frames_per_hour = manifest.format.frames_per_second * 3600;
  std::string out =
      StrCat(manifest.total.clips, " clips, ",
             Fixed(static_cast<double>(manifest.total.frames) / frames_per_hour, 2), " h in ",
             manifest.shards.size(), " shards; codec ", Quoted(manifest.format.codec), ", ",
             manifest.format.codebooks, " codebooks of ", manifest.format.codebook_size, "\n");
  AppendTallies("languages", manifest.languages, frames_per_hour, out);
  AppendTallies("sources", manifest.sources, frames_per_hour, out);
  AppendTallies("voices", manifest.voices, frames_per_hour, out);
  for (const Histogram& histogram : statistics.histograms) {
    out += StrCat("\n", SummaryLine(histogram), "\n");
    AppendBars(histogram, out);
  }
  return out;
}

std::string StatisticsSvg(const CorpusStatistics& statistics) {
  Svg svg(kChartWidth, kChartHeight * static_cast<int>(statistics.histograms.size()));
  int top = 0;
  for (const Histogram& histogram : statistics.histograms) {
    DrawChart(histogram, top, svg);
    top += kChartHeight;
  }
  return std::move(svg).Finish();
}

}  // namespace kani::train
