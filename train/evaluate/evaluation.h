// What is known of a model after looking at clips it was not trained on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "train/evaluate/confusion.h"

namespace kani::train {

/// -log p of the right token in nats, averaged over the targets named; NaN where there was none.
struct Losses {
  double all = 0;
  double text = 0;                ///< text tokens
  double audio = 0;               ///< codes of all codebooks
  std::vector<double> codebooks;  ///< [Q]
  double end = 0;                 ///< the token that ends the speech
};

/// The original's figures, made of losses.
struct Perplexities {
  double text = 0;
  std::vector<double> codebooks;  ///< [Q]
  // Over the codebooks:
  double mean = 0;
  double standard_deviation = 0;  ///< of the population
  double relative_variance = 0;   ///< (standard_deviation / mean)^2
  double range = 0;               ///< largest - smallest
};
Perplexities PerplexitiesOf(const Losses& losses);

/// Audio loss with a prompt that is not the clip's, minus the audio loss: how much the model makes
/// of the right one.
struct PromptUse {
  double nats = 0;    ///< a code
  int64_t clips = 0;  ///< for which there was a wrong prompt
};

/// Of the gradients of one codebook's losses with respect to the input rows, summed by what the
/// rows hold; together 1.
struct Influence {
  double text = 0;  ///< prompt rows, the speaker's included
  double same_codebook = 0;
  double other_codebooks = 0;
};

/// For each attention layer the variance over the hidden axis of what it adds to the stream,
/// averaged over all rows; this over the layers.
struct OutputVariance {
  double mean = 0, smallest = 0, largest = 0;
};

struct Evaluation {
  int64_t clips = 0, targets = 0;
  Losses losses;
  std::optional<PromptUse> text, voice;  ///< nothing where no two clips differ
  Confusion top1, top5;
  OutputVariance output_variance;
  std::vector<Influence> influences;  ///< [Q], or empty if not asked for
};

/// Under the original's names ("metrics/layer_0_ppl", its layers are codebooks), then what it does
/// not have: losses, text_nats, voice_nats, the confusion of the likeliest token.
std::vector<std::pair<std::string, double>> EvaluationMetrics(const Evaluation& evaluation);

/// For a terminal: losses, then the original's report with its bands for good and poor. Its last
/// check of layers being kept apart looks at the likeliest token instead of the five likeliest,
/// where good models look poor (ConfusionCounter::top5).
std::string EvaluationText(const Evaluation& evaluation);

}  // namespace kani::train
