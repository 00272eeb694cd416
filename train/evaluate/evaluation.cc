#include "train/evaluate/evaluation.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>

#include "base/error.h"

namespace kani::train {
namespace {

using Values = std::vector<std::pair<std::string, double>>;

void AddConfusion(const Confusion& confusion, std::string_view prefix, Values& out) {
  const auto add = [&](const auto& name, double value) {
    out.emplace_back(StrCat("metrics/", prefix, name), value);
  };
  for (int32_t i = 0; i < confusion.codebooks; ++i) {
    for (int32_t k = 0; k < confusion.codebooks; ++k) {
      add(StrCat("confusion_", i, "_", k), confusion.At(i, k));
    }
  }
  add("avg_diagonal", confusion.average_diagonal());
  add("min_diagonal", confusion.min_diagonal());
  add("avg_off_diagonal", confusion.average_off_diagonal());
  add("max_off_diagonal", confusion.max_off_diagonal());
}

}  // namespace

Perplexities PerplexitiesOf(const Losses& losses) {
  Perplexities out;
  out.text = std::exp(losses.text);
  for (const double loss : losses.codebooks) out.codebooks.push_back(std::exp(loss));
  const auto count = static_cast<double>(out.codebooks.size());
  out.mean = std::accumulate(out.codebooks.begin(), out.codebooks.end(), 0.0) / count;
  double squares = 0;
  for (const double value : out.codebooks) squares += (value - out.mean) * (value - out.mean);
  out.standard_deviation = std::sqrt(squares / count);
  out.relative_variance = std::pow(out.standard_deviation / out.mean, 2);
  const auto [least, most] = std::ranges::minmax(out.codebooks);
  out.range = most - least;
  return out;
}

Values EvaluationMetrics(const Evaluation& evaluation) {
  Values out;
  const auto add = [&](const auto& name, double value) {
    out.emplace_back(StrCat("metrics/", name), value);
  };
  const Losses& losses = evaluation.losses;
  const Perplexities perplexities = PerplexitiesOf(losses);
  for (size_t i = 0; i < perplexities.codebooks.size(); ++i) {
    add(StrCat("layer_", i, "_ppl"), perplexities.codebooks[i]);
  }
  add("text_ppl", perplexities.text);
  add("avg_audio_ppl", perplexities.mean);
  add("ppl_variance", perplexities.relative_variance);
  add("ppl_std", perplexities.standard_deviation);
  add("ppl_max_diff", perplexities.range);
  add("avg_output_variance", evaluation.output_variance.mean);
  add("min_output_variance", evaluation.output_variance.smallest);
  add("max_output_variance", evaluation.output_variance.largest);
  AddConfusion(evaluation.top5, "", out);
  for (size_t i = 0; i < evaluation.influences.size(); ++i) {
    const Influence& influence = evaluation.influences[i];
    add(StrCat("layer_", i, "_text_influence"), influence.text);
    add(StrCat("layer_", i, "_same_layer_influence"), influence.same_codebook);
    add(StrCat("layer_", i, "_cross_layer_influence"), influence.other_codebooks);
  }
  add("loss", losses.all);
  add("text_loss", losses.text);
  add("audio_loss", losses.audio);
  for (size_t i = 0; i < losses.codebooks.size(); ++i) {
    add(StrCat("layer_", i, "_loss"), losses.codebooks[i]);
  }
  add("end_loss", losses.end);
  if (evaluation.text) add("text_nats", evaluation.text->nats);
  if (evaluation.voice) add("voice_nats", evaluation.voice->nats);
  AddConfusion(evaluation.top1, "top1_", out);
  return out;
}

}  // namespace kani::train
