// NanoCodec's causal HiFi-GAN decoder: latent frames to samples, with the past of every convolution
// carried, so that any split into calls gives the same samples. NeMo audio_codec_modules.py,
// CausalHiFiGANDecoder.
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

/// Weights of the decoder; immutable, used by any number of callers at once.
class Decoder {
 public:
  /// Throws kInvalidFile for a missing or misshapen tensor.
  Decoder(weights::WeightReader& reader, const model::CodecDecoderTensors& tensors);

  /// What one stream carries from call to call: at full size 0.7 MB.
  class State {
   public:
    State(kernels::Device& device, const Decoder& decoder);
    /// Back to silence before the first frame.
    void Reset();

   private:
    friend class Decoder;
    kernels::Device& device_;
    int64_t history_floats_;
    kernels::Buffer history_;  // the last inputs of every convolution, in order of execution
  };

  /// What one caller computes in: at full size about 3 MB, whatever the length of the calls.
  struct Workspace {
    kernels::Buffer stem;                  // [frames, C]
    kernels::Buffer padded;                // [context + rows, C]: what a convolution reads
    kernels::Buffer hidden;                // [context + rows, C]: between a block's convolutions
    kernels::Buffer input;                 // [rows, C]: upsampled, what the branches read
    kernels::Buffer branch;                // [rows, C]
    std::vector<kernels::Buffer> outputs;  // [rows, C] of each stage
  };

  /// Throws kInvalidFile for samples that are not finite, which only damaged weights make.
  /// @param latent [F, D], host memory.
  /// @param samples [F * samples_per_frame], host memory, receives values in [-1, 1].
  /// @param trace sees the whole call as one piece, which then needs memory for all of it.
  void Run(kernels::Ops& ops, Workspace& workspace, State& state, std::span<const float> latent,
           std::span<float> samples, const Trace& trace) const;

 private:
  struct Stage {
    int64_t channels = 0;   // of its input; half as many leave it
    kernels::Buffer alpha;  // [C / 2]
    Upsampler upsampler;
    ResidualLayer residual;
    int64_t max_context = 0;
    int64_t first_history = 0;  // where its part of the history begins
  };
  struct Pass;

  void RunStem(Pass& pass, const float* latent, int64_t frames) const;
  void RunStages(Pass& pass, size_t index, const float* x, int64_t rows) const;
  void RunStage(Pass& pass, size_t index, const float* x, int64_t rows) const;
  void RunBlock(Pass& pass, const ResidualBlock& block, float* x, int64_t rows,
                float*& history) const;
  void RunHead(Pass& pass, const float* x, int64_t rows) const;

  Convolution pre_conv_;
  std::vector<Stage> stages_;
  kernels::Buffer post_alpha_;
  Convolution post_conv_;
  int64_t head_history_ = 0;  // where the head's part of the history begins
  int64_t history_floats_ = 0;
};

}  // namespace kani::codec
