// A clip to codes and a voice vector: the weights that all threads share, and what one thread has
// of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codec/codec.h"
#include "kernels/ops.h"
#include "speaker/encoder.h"
#include "train/data/utterance.h"

namespace kani::train {

struct EncoderPaths {
  std::filesystem::path codec;                           ///< .nemo, with its encoder
  std::optional<std::filesystem::path> speaker_encoder;  ///< folder; none: no voice vectors
};

/// Codec and speaker encoder, immutable: any number of ClipEncoders use them at once.
class ClipModels {
 public:
  /// @param device as MakeDevice takes it.
  /// Throws kNotFound, kInvalidFile, kUnsupported for the model files, kInvalidArgument for codes
  /// that no shard holds.
  ClipModels(const EncoderPaths& paths, const std::string& device);

  /// Without the codec's name.
  CorpusFormat format() const;

 private:
  friend class ClipEncoder;
  std::shared_ptr<kernels::Device> device_;
  std::unique_ptr<codec::Codec> codec_;
  std::unique_ptr<speaker::Encoder> speaker_;
};

/// One thread of its own, not thread-safe; the result of a clip depends on that clip alone.
class ClipEncoder {
 public:
  /// `models` outlives it.
  explicit ClipEncoder(const ClipModels& models)
      : models_(&models), ops_(models.device_->NewOps(1)) {}

  /// Sets codes, encoded_len and embedding of `out`. A clip that is too short for the speaker
  /// encoder, or begins with nothing but silence, gets no embedding. @param samples mono, finite,
  /// not empty, at a rate of the resampler.
  void Encode(std::span<const float> samples, int sample_rate_hz, Utterance& out) const;

 private:
  const ClipModels* models_;
  std::unique_ptr<kernels::Ops> ops_;
};

/// Name a model by the contents of its weights, so that copies and other names of it are the same.
/// Throw kNotFound or kIo.
std::string CodecIdentity(const std::filesystem::path& codec);
std::string SpeakerEncoderIdentity(const std::filesystem::path& folder);

}  // namespace kani::train
