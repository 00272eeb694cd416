// Recordings to a voice: reads any audio file and runs the speaker encoder, which is loaded only
// here.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "model_options.h"

namespace kani::cli {

struct ClonedRecording {
  std::string path;
  double seconds = 0;
  int sample_rate_hz = 0;
  std::vector<float> embedding;  ///< [D], unit length
};

/// Reads and embeds each file. Throws for whatever makes one of them useless.
std::vector<ClonedRecording> EmbedFiles(std::span<const std::string> files,
                                        const ModelOptions& options, const WarningSink& warn);
/// Mean of the recordings' embeddings; of unit length unless `normalize` is false.
std::vector<float> MeanEmbedding(std::span<const ClonedRecording> recordings, bool normalize);
double CosineSimilarity(std::span<const float> a, std::span<const float> b);

}  // namespace kani::cli
