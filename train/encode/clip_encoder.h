// One thread's codec and speaker encoder: a clip to codes and a voice vector.
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

/// Not thread-safe; the result of a clip depends on that clip alone.
class ClipEncoder {
 public:
  /// @param device as MakeOps takes it; one thread.
  /// Throws kNotFound, kInvalidFile, kUnsupported for the model files, kInvalidArgument for codes
  /// that no shard holds.
  ClipEncoder(const EncoderPaths& paths, const std::string& device);

  /// Without the codec's name.
  CorpusFormat format() const;
  /// Sets codes, encoded_len and embedding of `out`. A clip that is too short for the speaker
  /// encoder, or begins with nothing but silence, gets no embedding. @param samples mono, finite,
  /// not empty, at a rate of the resampler.
  void Encode(std::span<const float> samples, int sample_rate_hz, Utterance& out) const;

 private:
  std::unique_ptr<kernels::Ops> ops_;
  std::unique_ptr<codec::Codec> codec_;
  std::unique_ptr<speaker::Encoder> speaker_;
};

/// Name a model by the contents of its weights, so that copies and other names of it are the same.
/// Throw kNotFound or kIo.
std::string CodecIdentity(const std::filesystem::path& codec);
std::string SpeakerEncoderIdentity(const std::filesystem::path& folder);

}  // namespace kani::train
