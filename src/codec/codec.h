// NanoCodec: sound to codes and back. FSQ: arXiv 2309.15505; codec: arXiv 2508.05835.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <vector>

#include "base/trace.h"
#include "kernels/ops.h"
#include "model/nemo.h"

namespace kani::codec {

/// Codes of F frames, row-major [F, Q]: one code per codebook, each in [0, codebook_size).
struct Codes {
  int64_t codebooks = 0;
  std::vector<int32_t> values;
  int64_t frames() const { return codebooks ? static_cast<int64_t>(values.size()) / codebooks : 0; }
};

/// Weights of both halves; immutable: any number of callers use them at once, each with its own Ops
/// of the same device and its own Workspace. The device outlives it.
class Codec {
 public:
  /// Checks every tensor of the archive and its numbers, folds weight normalisation and packs. What
  /// only training uses (discriminators, buffers of the losses) is skipped. Throws kInvalidFile or
  /// kUnsupported.
  /// @param with_encoder false leaves the encoder out (speaking does not need it).
  Codec(kernels::Device& device, const model::NemoArchive& archive, bool with_encoder);
  ~Codec();

  const model::CodecConfig& config() const;
  bool has_encoder() const;
  /// Bytes of packed weights.
  size_t weight_bytes() const;

  /// What one caller computes in, beside its Ops; serves any of its streams.
  class Workspace {
   public:
    Workspace();
    ~Workspace();
    Workspace(Workspace&&) noexcept;

   private:
    friend class Codec;
    struct Impl;
    std::unique_ptr<Impl> impl_;
  };

  /// The causal decoder of one stream: what it carries from call to call, 0.7 MB at full size. Any
  /// split of the frames into calls gives the same samples. Belongs to no caller, used by one at a
  /// time; `codec` must outlive it.
  class DecoderStream {
   public:
    explicit DecoderStream(const Codec& codec);
    ~DecoderStream();
    DecoderStream(DecoderStream&&) noexcept;
    /// Appends frames * samples_per_frame samples in [-1, 1] to `out`. Throws kInvalidArgument for
    /// a code out of range or a number of values that is not a multiple of the codebooks; the
    /// stream is then unchanged. Throws kInvalidFile for samples that are not finite.
    /// @param codes [F, Q].
    /// @param trace sees "latent" and every "audio_decoder.*" once per call; the call is then
    ///   computed in one piece and its memory grows with its length.
    void Decode(kernels::Ops& ops, Workspace& workspace, std::span<const int32_t> codes,
                std::vector<float>& out, const Trace& trace = {});
    /// Back to silence before the first frame.
    void Reset();

   private:
    friend class Codec;
    struct State;
    const Codec* codec_;
    std::unique_ptr<State> state_;
  };

  /// Frames of one stream in a call for several.
  struct StreamFrames {
    DecoderStream* stream = nullptr;
    std::span<const int32_t> codes;     // [F, Q]
    std::vector<float>* out = nullptr;  ///< F * samples_per_frame samples are appended
    std::exception_ptr failure;         ///< set where DecoderStream::Decode would throw
  };
  /// Decodes frames of different streams of this codec in one pass over the weights: each receives
  /// the samples that it would alone. One that fails leaves its `out` as it was and the others
  /// untouched.
  void DecodeStreams(kernels::Ops& ops, Workspace& workspace,
                     std::span<StreamFrames> streams) const {
    DecodeStreams(ops, workspace, streams, {});
  }

  /// Whole clip at once; equal to any chunking. @return frames * samples_per_frame samples.
  std::vector<float> Decode(kernels::Ops& ops, const Codes& codes, const Trace& trace = {}) const;
  /// Mono at sample_rate_hz, right-padded with zeros to whole frames; bounded memory for any length
  /// (Encoder::Run). Clips are encoded one by one: batching with padding changes the result. Throws
  /// kInvalidArgument when empty, not finite, or loaded without the encoder.
  /// @param trace sees every "audio_encoder.*" and "encoded", in one piece.
  Codes Encode(kernels::Ops& ops, std::span<const float> samples, const Trace& trace = {}) const;

 private:
  void DecodeStreams(kernels::Ops& ops, Workspace& workspace, std::span<StreamFrames> streams,
                     const Trace& trace) const;
  void CheckCodes(std::span<const int32_t> codes) const;

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kani::codec
