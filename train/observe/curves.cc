#include "train/observe/curves.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "train/observe/chart.h"
#include "train/observe/svg.h"

namespace kani::train {
namespace {

/// Keys whose chart has a title; their order is that of the charts.
struct KnownKey {
  std::string_view pattern;  ///< at most one * for any text
  std::string_view title;
  std::string_view line = "*";  ///< name of the curve, or what the * of the pattern stands for
  bool always_linear = false;
};
constexpr std::string_view kLoss = "loss (nats per target)";
constexpr KnownKey kKnownKeys[] = {
    {"loss", kLoss, "training"},
    {"metrics/loss", kLoss, "held out"},
    {"metrics/*_loss", "held-out loss by kind of target (nats; a layer is a codebook)"},
    {"metrics/*_nats", "what the model takes from its prompt (nats per code)"},
    {"rate", "learning rate", "", true},
    {"gradient_norm", "gradient norm", ""},
    {"tokens_per_s", "tokens per second", "", true},
    {"speech_per_s", "seconds of speech per second", "", true},
    {"mfu", "model FLOPs utilisation", "", true},
    {"metrics/*_ppl", "held-out perplexity (a layer is a codebook)"},
    {"metrics/ppl_*", "how far the perplexities of the codebooks are apart"},
    {"metrics/top1_*_diagonal", "likeliest token in the right codebook, and in another (share)"},
    {"metrics/*_diagonal", "five likeliest tokens in the right codebook, and in another (share)"},
    {"metrics/*_influence", "what codes depend on (share of gradient; a layer is a codebook)"},
    {"metrics/*_output_variance", "variance of what attention adds"},
    {"metrics/top1_confusion_*", "likeliest token by codebook: right one, predicted one (share)"},
    {"metrics/confusion_*", "five likeliest tokens by codebook: right one, predicted one (share)"},
    {"rope_alpha/*/value", "RoPE scales"},
    {"rope_alpha/*/raw_weight", "weights of the RoPE scales"},
    {"rope_grad/*/norm", "gradient norm of the RoPE scales"},
};

/// What the * stands for; nothing if the key is another one.
std::optional<std::string> Match(std::string_view pattern, std::string_view key) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return key == pattern ? std::optional("") : std::nullopt;
  const std::string_view before = pattern.substr(0, star), behind = pattern.substr(star + 1);
  if (key.size() < before.size() + behind.size() || !key.starts_with(before) ||
      !key.ends_with(behind)) {
    return std::nullopt;
  }
  return std::string(key.substr(star, key.size() - before.size() - behind.size()));
}

/// A name, and the number of a known key by which it is sorted before that.
using Ranked = std::pair<size_t, std::string>;

/// Where a key is drawn.
struct Place {
  Ranked chart;  ///< the first known key of its title, title
  Ranked line;   ///< its known key, name of the curve
};

/// Known keys, then groups of other keys and single ones by name.
Place PlaceOf(const std::string& key) {
  constexpr size_t kUnknown = std::size(kKnownKeys);
  for (size_t i = 0; i < kUnknown; ++i) {
    const KnownKey& known = kKnownKeys[i];
    const std::optional<std::string> star = Match(known.pattern, key);
    if (!star) continue;
    const auto* first = std::ranges::find(kKnownKeys, known.title, &KnownKey::title);
    return {{first - kKnownKeys, std::string(known.title)},
            {i, known.line == "*" ? *star : std::string(known.line)}};
  }
  const size_t slash = key.find('/');
  if (slash == std::string::npos) return {{kUnknown, key}, {kUnknown, ""}};
  return {{kUnknown, key.substr(0, slash)}, {kUnknown, key.substr(slash + 1)}};
}

/// Which run has a line, and its points there.
using Line = std::vector<std::pair<size_t, const std::vector<MetricPoint>*>>;
/// The lines of each chart, all in their order.
using Page = std::map<Ranked, std::map<Ranked, Line>>;

Page MakePage(const std::vector<RunHistory>& runs) {
  Page page;
  for (size_t i = 0; i < runs.size(); ++i) {
    for (const auto& [key, points] : runs[i].series) {
      if (std::ranges::none_of(points, IsDrawable, &MetricPoint::value)) continue;
      const Place place = PlaceOf(key);
      page[place.chart][place.line].emplace_back(i, &points);
    }
  }
  return page;
}

Chart MakeChart(const Page::value_type& lines, const std::vector<RunHistory>& runs) {
  const auto& [first_key, title] = lines.first;
  Chart chart{title};
  chart.always_linear = first_key < std::size(kKnownKeys) && kKnownKeys[first_key].always_linear;
  size_t number = 0;
  for (const auto& [place, line] : lines.second) {
    const std::string& name = place.second;
    for (const auto& [run, points] : line) {
      if (runs.size() == 1) {
        chart.curves.push_back({name, *points, number, 0});
      } else {
        const std::string behind = name.empty() ? "" : ": " + name;
        chart.curves.push_back({runs[run].name + behind, *points, run, number});
      }
    }
    ++number;
  }
  return chart;
}

/// The first and the last step of all.
std::pair<int64_t, int64_t> StepsOf(const Page& page) {
  int64_t first = std::numeric_limits<int64_t>::max(), last = 0;
  for (const auto& [chart, lines] : page) {
    for (const auto& [place, line] : lines) {
      for (const auto& [run, points] : line) {
        first = std::min(first, points->front().step);
        last = std::max(last, points->back().step);
      }
    }
  }
  return {first, last};
}

}  // namespace

std::string CurvesSvg(const std::vector<RunHistory>& runs) {
  const Page page = MakePage(runs);
  if (page.empty()) Fail(ErrorCode::kInvalidArgument, "no number to draw in any of the runs");
  const auto [first, last] = StepsOf(page);
  Svg svg(kChartWidth, kChartHeight * static_cast<int>(page.size()));
  double top = 0;
  for (const Page::value_type& lines : page) {
    DrawChart(MakeChart(lines, runs), first, last, top, svg);
    top += kChartHeight;
  }
  return std::move(svg).Finish();
}

}  // namespace kani::train
