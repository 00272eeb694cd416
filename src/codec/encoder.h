// NanoCodec's HiFi-GAN encoder: samples to latent frames. Not causal; every layer repeats its own
// edge rows. NeMo audio_codec_modules.py, HiFiGANEncoder.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/trace.h"
#include "codec/layers.h"
#include "kernels/ops.h"
#include "model/codec_tensors.h"
#include "weights/weight_reader.h"

namespace kani::codec {

/// Weights of the encoder; immutable, used by any number of callers at once.
class Encoder {
 public:
  /// Throws kInvalidFile for a missing or misshapen tensor, kUnsupported for an even kernel size.
  Encoder(weights::WeightReader& reader, const model::CodecEncoderTensors& tensors);

  /// Right-pads with zeros to whole frames. Long clips are taken in pieces that overlap by what a
  /// frame can see, which gives the same bits as one piece; at full size that needs about 250 MB
  /// for a clip of any length, or 11 MB per second of audio when traced (in one piece).
  /// @return latent [F, D].
  std::vector<float> Run(kernels::Ops& ops, std::span<const float> samples,
                         const Trace& trace) const;

  /// Frames to either side that a frame depends on.
  int64_t context_frames() const { return context_frames_; }

 private:
  struct Stage {
    int64_t channels = 0;  // of its input; twice as many leave it
    ResidualLayer residual;
    int64_t max_context = 0;
    Convolution down;
    int64_t rate = 1;
  };
  struct Workspace;

  std::vector<float> RunPiece(Workspace& workspace, std::span<const float> samples, int64_t frames,
                              const Trace& trace) const;
  void RunStage(Workspace& workspace, const Stage& stage, size_t index, int64_t rows,
                const Trace& trace) const;
  void RunBlock(const ResidualBlock& block, Workspace& workspace, float* x, int64_t rows) const;

  int64_t samples_per_frame_ = 1;
  int64_t context_frames_ = 0;
  Convolution pre_conv_;
  std::vector<Stage> stages_;
  Convolution post_conv_;
};

}  // namespace kani::codec
