#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "train/evaluate/evaluation.h"

namespace kani::train {
namespace {

constexpr std::string_view kExcellent = "✓ excellent", kGood = "✓ good",
                           kAcceptable = "⚠ acceptable", kPoor = "✗ poor";

std::string Number(double value, int digits = 3) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

// The original's bands.
std::string_view PerplexityVerdict(double perplexity) {
  if (perplexity < 50) return kExcellent;
  if (perplexity < 100) return kGood;
  return perplexity < 200 ? kAcceptable : kPoor;
}
std::string_view OutputVerdict(double variance) {
  if (variance > 2.0) return kExcellent;
  if (variance > 1.5) return kGood;
  return variance > 1.0 ? kAcceptable : kPoor;
}
std::string_view DiagonalVerdict(double least) {
  if (least > 0.8) return kExcellent;
  return least > 0.6 ? kGood : kPoor;
}

std::string PromptUseText(std::string_view what, const std::optional<PromptUse>& use) {
  if (!use) return StrCat("wrong ", what, ": no two clips differ\n");
  return StrCat("wrong ", what, ": ", use->nats < 0 ? "" : "+", Number(use->nats), " nats a code (",
                use->clips, " clips)\n");
}

std::string LossText(const Evaluation& evaluation) {
  const Losses& losses = evaluation.losses;
  return StrCat("=== Loss (nats) ===\n", evaluation.clips, " clips, ", evaluation.targets,
                " targets: ", Number(losses.all), "\naudio ", Number(losses.audio), ", text ",
                Number(losses.text), ", end of speech ", Number(losses.end), "\n",
                PromptUseText("text", evaluation.text), PromptUseText("voice", evaluation.voice));
}

std::string PerplexityText(const Perplexities& perplexities) {
  std::string out = "\n=== Perplexity ===\n";
  for (size_t i = 0; i < perplexities.codebooks.size(); ++i) {
    const double value = perplexities.codebooks[i];
    out += StrCat("layer ", i, ": ", Number(value, 2), "  ", PerplexityVerdict(value), "\n");
  }
  const double variance = perplexities.relative_variance;
  return out + StrCat("text: ", Number(perplexities.text, 2),
                      "\nvariance over layers: ", Number(variance, 4), "  ",
                      variance < 0.1 ? "✓ good isolation" : "✗ high: layers are learnt unevenly",
                      "\n");
}

std::string OutputVarianceText(const OutputVariance& variance) {
  return StrCat("\n=== Output Variance ===\naverage: ", Number(variance.mean), "  ",
                OutputVerdict(variance.mean),
                "\nof the attention layers: ", Number(variance.smallest), " to ",
                Number(variance.largest), "\n");
}

std::string ConfusionText(std::string_view title, const Confusion& confusion) {
  std::string out = StrCat(title, " (rows: right layer, columns: predicted)\n   ");
  for (int32_t i = 0; i < confusion.codebooks; ++i) out += StrCat("    L", i);
  for (int32_t i = 0; i < confusion.codebooks; ++i) {
    out += StrCat("\nL", i, " ");
    for (int32_t k = 0; k < confusion.codebooks; ++k) out += "  " + Number(confusion.At(i, k), 2);
  }
  return out + StrCat("\naverage diagonal ", Number(confusion.average_diagonal()), ", least ",
                      Number(confusion.min_diagonal()), "  ",
                      DiagonalVerdict(confusion.min_diagonal()), "\n");
}

std::string InfluenceText(const std::vector<Influence>& influences) {
  if (influences.empty()) return "";
  std::string out = "\n=== Token Influence ===\n";
  for (size_t i = 0; i < influences.size(); ++i) {
    const Influence& influence = influences[i];
    out += StrCat("layer ", i, ": text ", Number(influence.text), ", same layer ",
                  Number(influence.same_codebook), "  ",
                  influence.same_codebook > 0.6 ? "✓ good" : "✗ low", ", other layers ",
                  Number(influence.other_codebooks), "  ",
                  influence.other_codebooks < 0.2 ? "✓ good isolation" : "✗ high", "\n");
  }
  return out;
}

std::string OverallText(const Evaluation& evaluation, const Perplexities& perplexities) {
  const auto check = [](bool passed, std::string_view good, std::string_view bad) {
    return StrCat(passed ? "✓ " : "✗ ", passed ? good : bad, "\n");
  };
  std::string out = "\n=== Overall ===\n";
  out += check(perplexities.relative_variance < 0.1, "perplexities of the layers are alike",
               "perplexities of the layers differ");
  out +=
      check(evaluation.output_variance.mean > 1.5, "attention is focused", "attention is diffuse");
  return out + check(evaluation.top1.min_diagonal() > 0.8, "the next layer is known",
                     "layers are confused");
}

}  // namespace

std::string EvaluationText(const Evaluation& evaluation) {
  const Perplexities perplexities = PerplexitiesOf(evaluation.losses);
  return LossText(evaluation) + PerplexityText(perplexities) +
         OutputVarianceText(evaluation.output_variance) + "\n=== Confusion Matrix ===\n" +
         ConfusionText("likeliest token", evaluation.top1) + "\n" +
         ConfusionText("any of the 5 likeliest, as the original counts", evaluation.top5) +
         InfluenceText(evaluation.influences) + OverallText(evaluation, perplexities);
}

}  // namespace kani::train
