// New voices between known ones: weighted sums of embeddings.
#include <cmath>

#include "base/error.h"
#include "voices/voice.h"

namespace kani::voices {
namespace {

// Unit vectors that cancel leave rounding of about 1e-7.
constexpr double kVanishingNorm = 1e-5;

}  // namespace

Voice MixVoices(std::span<const Voice> voices, std::span<const float> weights) {
  if (voices.empty() || voices.size() != weights.size()) {
    Fail(ErrorCode::kInvalidArgument, "mix of ", voices.size(), " voices with ", weights.size(),
         " weights, expected one weight for each of at least one voice");
  }
  std::vector<double> sum(voices[0].embedding.size(), 0.0);
  Voice mix;
  mix.language = voices[0].language;
  std::string recipe;
  for (size_t i = 0; i < voices.size(); ++i) {
    const Voice& voice = voices[i];
    if (voice.embedding.size() != sum.size()) {
      Fail(ErrorCode::kInvalidArgument, "voice ", Quoted(voice.name), ": embedding of ",
           voice.embedding.size(), " values, the first has ", sum.size());
    }
    if (!std::isfinite(weights[i])) {
      Fail(ErrorCode::kInvalidArgument, "voice ", Quoted(voice.name), ": weight is ", weights[i],
           ", expected a finite number");
    }
    for (size_t d = 0; d < sum.size(); ++d) {
      sum[d] += static_cast<double>(weights[i]) * voice.embedding[d];
    }
    if (voice.language != mix.language) mix.language.clear();
    recipe += StrCat(i > 0 ? " + " : "", weights[i], " ", voice.name);
  }
  double norm = 0;
  for (const double value : sum) norm += value * value;
  norm = std::sqrt(norm);
  if (!(norm > kVanishingNorm)) {
    Fail(ErrorCode::kInvalidArgument, "mix of ", voices.size(),
         " voices: the weighted sum vanishes");
  }
  for (const double value : sum) mix.embedding.push_back(static_cast<float>(value / norm));
  mix.notes["mix"] = recipe;
  return mix;
}

}  // namespace kani::voices
