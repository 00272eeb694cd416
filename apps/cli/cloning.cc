#include "cloning.h"

#include <cmath>
#include <filesystem>
#include <utility>

#include "base/error.h"
#include "media/media.h"
#include "speaker/encoder.h"

namespace kani::cli {

std::vector<ClonedRecording> EmbedFiles(std::span<const std::string> files,
                                        const ModelOptions& options, const WarningSink& warn) {
  // All files are read before the encoder is loaded, so that a wrong one is reported at once.
  std::vector<speaker::Recording> sounds;
  std::vector<ClonedRecording> recordings;
  for (const std::string& file : files) {
    audio::Sound sound = media::ReadAudio(file);
    recordings.push_back(
        {.path = file,
         .seconds = static_cast<double>(sound.samples.size()) / sound.sample_rate_hz,
         .sample_rate_hz = sound.sample_rate_hz});
    sounds.push_back({std::move(sound.samples), sound.sample_rate_hz, file});
  }
  const auto ops = MakeOps(options);
  const auto encoder = speaker::Encoder::Load(ops->device(), FindSpeakerEncoder(options));
  for (size_t i = 0; i < sounds.size(); ++i) {
    recordings[i].embedding = speaker::EmbedRecordings(*ops, *encoder, std::span(&sounds[i], 1),
                                                       /*normalize=*/true, warn);
  }
  return recordings;
}

std::vector<float> MeanEmbedding(std::span<const ClonedRecording> recordings, bool normalize) {
  const size_t size = recordings.front().embedding.size();
  std::vector<double> mean(size);
  for (const ClonedRecording& recording : recordings) {
    for (size_t i = 0; i < size; ++i) {
      mean[i] += double{recording.embedding[i]} / static_cast<double>(recordings.size());
    }
  }
  double norm = 1;
  if (normalize && recordings.size() > 1) {  // a single one already is
    double squares = 0;
    for (const double x : mean) squares += x * x;
    norm = std::sqrt(squares);
    if (norm < 1e-6) Fail(ErrorCode::kInvalidArgument, "the recordings cancel each other out");
  }
  std::vector<float> embedding(size);
  for (size_t i = 0; i < size; ++i) embedding[i] = static_cast<float>(mean[i] / norm);
  return embedding;
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

}  // namespace kani::cli
