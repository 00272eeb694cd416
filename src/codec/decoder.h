// NanoCodec's causal HiFi-GAN decoder: latent frames to samples, with the past of every convolution
// carried, so that any split into calls gives the same samples, whatever other streams are decoded
// in the same pass. NeMo audio_codec_modules.py, CausalHiFiGANDecoder.
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

  /// What one caller computes in: at full size about 3 MB and 0.2 MB for each stream of a call,
  /// whatever the length of the calls.
  struct Workspace {
    kernels::Buffer stem;                  // [frames, C]
    kernels::Buffer padded;                // [context + rows, C] of each stream: what is convolved
    kernels::Buffer hidden;                // [rows, C]: between a block's convolutions
    kernels::Buffer input;                 // [rows, C]: upsampled, what the branches read
    kernels::Buffer branch;                // [rows, C]
    std::vector<kernels::Buffer> outputs;  // [rows, C] of each stage
    std::vector<std::vector<int64_t>> slices;             // rows of each stream, by depth
    std::vector<kernels::ConvolutionSegment> activating;  // of one operation
  };

  /// Frames of one stream, in host memory; both spans are used up.
  struct Part {
    State* state = nullptr;
    std::span<const float> latent;  // [F, D]
    std::span<float> samples;       // [F * samples_per_frame], receives values in [-1, 1]
    bool finite = true;             ///< false: some samples are not, which damaged weights make
  };

  /// @param parts of different streams; what one receives does not depend on the others.
  /// @param trace of a call with one part: sees all of it as one piece, which then needs memory for
  ///   that.
  void Run(kernels::Ops& ops, Workspace& workspace, std::span<Part> parts,
           const Trace& trace) const;

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

  // Rows of all parts lie one after the other; `rows` tells how many are whose.
  using Rows = std::span<const int64_t>;

  void RunStem(Pass& pass, Rows frames) const;
  void RunStages(Pass& pass, size_t index, const float* x, Rows rows) const;
  void RunStage(Pass& pass, size_t index, const float* x, std::span<int64_t> rows) const;
  void RunBlock(Pass& pass, const ResidualBlock& block, float* x, Rows rows,
                int64_t& history) const;
  void RunHead(Pass& pass, const float* x, Rows rows) const;

  Convolution pre_conv_;
  std::vector<Stage> stages_;
  kernels::Buffer post_alpha_;
  Convolution post_conv_;
  int64_t head_history_ = 0;  // where the head's part of the history begins
  int64_t history_floats_ = 0;
};

}  // namespace kani::codec
