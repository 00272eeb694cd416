// How far generated sound is from the real one: distances of logarithmic spectra and mel spectra at
// several resolutions, as NeMo computes them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace kani::train {

/// NeMo changed the frames of its mel spectra: both cut frames from padded samples, a quarter of a
/// window apart, of which those inside the clip count.
enum class MelFrames {
  kReflected,  ///< up to 2.4: padded by reflection, length / hop + 1 count
  kSilent      ///< from 2.5 on: padded by zeros, length / hop count
};

/// Defaults are NeMo's.
struct SpectralLossSettings {
  std::vector<int64_t> windows = {32, 64, 128, 256, 512, 1024, 2048};  ///< samples; multiples of 4
  std::vector<int64_t> mel_bands = {5, 10, 20, 40, 80, 160, 320};      ///< one for each window
  double mel_guard = 1.0, stft_guard = 1.0;  ///< added to magnitudes before the logarithm
  double mel_weight = 10.0, stft_weight = 10.0;
  MelFrames mel_frames = MelFrames::kReflected;
};

/// Throws kInvalidArgument for lists of different lengths and numbers out of range.
void Check(const SpectralLossSettings& settings);

class SpectralLoss {
 public:
  /// REQUIRES: Check().
  SpectralLoss(const SpectralLossSettings& settings, int64_t sample_rate_hz,
               at::Device device = at::kCPU);

  struct Distance {
    at::Tensor total;          ///< weighted sum; differentiable with respect to `generated`
    double mel = 0, stft = 0;  ///< without weights
  };
  /// Means over frames, then clips, then resolutions. @param generated, real [B, S] fp32.
  /// @param lengths samples that count of each clip; empty: all. REQUIRES: S is more than half of
  /// the largest window.
  Distance operator()(const at::Tensor& generated, const at::Tensor& real,
                      const std::vector<int64_t>& lengths = {}) const;
  /// The same by LibTorch's operators alone, on any device; what is not on the processor takes it.
  Distance Plain(const at::Tensor& generated, const at::Tensor& real,
                 const std::vector<int64_t>& lengths = {}) const;

  struct Resolution {
    int64_t window = 0, hop = 0;
    at::Tensor shape;    ///< [window] Hann, symmetric
    at::Tensor basis;    ///< [window, 2 * bins]: short windows are transformed by a product
    at::Tensor filters;  ///< [bins, mel_bands]
    at::Tensor ends;     ///< [bins, 1]: 1 for the first and last, else 1 / 2
  };

 private:
  SpectralLossSettings settings_;
  std::vector<Resolution> resolutions_;
};

/// Triangles on the Slaney scale from 0 Hz to half the sample rate, their peaks 1: [bins, bands].
at::Tensor MelFilters(int64_t window, int64_t bands, int64_t sample_rate_hz);

}  // namespace kani::train
