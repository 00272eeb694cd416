// WavLM with statistics pooling: a recording to a speaker embedding. WavLM: arXiv 2110.13900;
// head: Orange/Speaker-wavLM-tbr.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "base/log.h"
#include "base/trace.h"
#include "formats/safetensors.h"
#include "kernels/ops.h"
#include "model/speaker_config.h"

namespace kani::speaker {

inline constexpr int kSampleRateHz = 16000;
/// Longer recordings are cut to their first 30 s, as upstream does.
inline constexpr double kMaxSeconds = 30.0;
inline constexpr double kMinSeconds = 1.0;   ///< shorter recordings are refused
inline constexpr double kGoodSeconds = 3.0;  ///< shorter ones are warned about

/// Weights, immutable: any number of callers use them at once, each with its own Ops of the same
/// device. The device outlives it.
class Encoder {
 public:
  /// Checks that every tensor is there with its shape and that none is unknown; folds weight norm
  /// and batch norm. Throws kInvalidFile. `store` is not kept.
  /// @param format of the layers' matrices; the convolutions and the head stay fp32.
  Encoder(kernels::Device& device, const model::SpeakerConfig& config,
          const formats::TensorStore& store,
          kernels::WeightFormat format = kernels::WeightFormat::kFp32);
  ~Encoder();

  /// Opens a folder with config.json and model.safetensors or pytorch_model.bin.
  static std::unique_ptr<Encoder> Load(kernels::Device& device, const std::filesystem::path& folder,
                                       kernels::WeightFormat format = kernels::WeightFormat::kFp32);

  int64_t embedding_size() const;
  size_t weight_bytes() const;
  /// @param samples mono at 16 kHz, at least two frames (720 samples), finite; what lies behind the
  /// first kMaxSeconds is left out.
  /// @return unit-length embedding. Throws kInvalidArgument. No quality checks: see
  /// EmbedRecording.
  std::vector<float> Embed(kernels::Ops& ops, std::span<const float> samples,
                           const Trace& trace = {}) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// One recording as read from a file.
struct Recording {
  std::vector<float> samples;  ///< mono
  int sample_rate_hz = 0;
  std::string name;  ///< for messages
};

/// kCut takes long silence out (audio/silence.h), which would make another voice; kKeep is
/// upstream's way.
enum class Silence { kCut, kKeep };

/// Checks length, silence and clipping, resamples to 16 kHz and embeds. Throws kInvalidArgument for
/// a recording shorter than 1 s, silent, or not finite; warns for one shorter than 3 s, clipped, or
/// cut.
std::vector<float> EmbedRecording(kernels::Ops& ops, const Encoder& encoder,
                                  const Recording& recording, Silence silence = Silence::kKeep,
                                  const WarningSink& warn = {});

}  // namespace kani::speaker
