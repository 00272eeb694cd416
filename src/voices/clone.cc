#include "voices/clone.h"

#include <cmath>
#include <utility>

#include "base/error.h"

namespace kani::voices {

std::vector<float> MeanEmbedding(std::span<const std::vector<float>> embeddings, bool normalize) {
  if (embeddings.empty()) {
    Fail(ErrorCode::kInvalidArgument, "no recordings, expected at least one");
  }
  std::vector<double> mean(embeddings.front().size());
  for (const std::vector<float>& embedding : embeddings) {
    KANI_DCHECK(embedding.size() == mean.size());
    for (size_t i = 0; i < mean.size(); ++i) {
      mean[i] += double{embedding[i]} / static_cast<double>(embeddings.size());
    }
  }
  double norm = 1;
  if (normalize && embeddings.size() > 1) {  // a single one already is
    double squares = 0;
    for (const double x : mean) squares += x * x;
    norm = std::sqrt(squares);
    if (norm < 1e-6) Fail(ErrorCode::kInvalidArgument, "the recordings cancel each other out");
  }
  std::vector<float> unit(mean.size());
  for (size_t i = 0; i < mean.size(); ++i) unit[i] = static_cast<float>(mean[i] / norm);
  return unit;
}

double CosineSimilarity(std::span<const float> a, std::span<const float> b) {
  double dot = 0, a_squares = 0, b_squares = 0;
  for (size_t i = 0; i < a.size() && i < b.size(); ++i) {
    dot += double{a[i]} * b[i];
    a_squares += double{a[i]} * a[i];
    b_squares += double{b[i]} * b[i];
  }
  return dot / std::sqrt(a_squares * b_squares);
}

Clone CloneVoice(kernels::Ops& ops, const speaker::Encoder& encoder,
                 std::span<const speaker::Recording> recordings, bool normalize,
                 speaker::Silence silence, const WarningSink& warn) {
  Clone clone;
  for (const speaker::Recording& recording : recordings) {
    clone.embeddings.push_back(speaker::EmbedRecording(ops, encoder, recording, silence, warn));
  }
  clone.voice.embedding = MeanEmbedding(clone.embeddings, normalize);
  clone.voice.notes["source"] = StrCat("cloned from ", recordings.size(),
                                       recordings.size() == 1 ? " recording" : " recordings");
  return clone;
}

}  // namespace kani::voices
