// Networks that learn to tell generated sound from real, so that the codec learns to sound real:
// over the periods of the samples (HiFi-GAN, arXiv 2010.05646), and over bands of spectra (DAC,
// arXiv 2306.06546). Names and sizes are NeMo's.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "train/nn/parameters.h"

namespace kani::train {

/// Defaults are NeMo's: 42 million weights. A small codec and an hour of speech are served by 8,
/// 32, 128, 256, 256 and 16 channels.
struct DiscriminatorSettings {
  std::vector<int64_t> periods = {2, 3, 5, 7, 11};
  std::vector<int64_t> period_channels = {32, 128, 512, 1024, 1024};
  std::vector<int64_t> windows = {512, 1024};  ///< of the spectra; a quarter of one is the hop
  std::vector<double> bands = {0, 0.1, 0.25, 0.5, 0.75, 1};  ///< borders, as shares of the bins
  int64_t band_channels = 32;
};

/// Throws kInvalidArgument for numbers out of range.
void Check(const DiscriminatorSettings& settings);

class Discriminators {
 public:
  /// Weights as PyTorch draws them. REQUIRES: Check().
  Discriminators(const DiscriminatorSettings& settings, uint64_t seed,
                 at::Device device = at::kCPU);

  Parameters& parameters() { return parameters_; }
  const Parameters& parameters() const { return parameters_; }

  /// What one network finds: near 1 where it takes the sound for real.
  struct Judgement {
    at::Tensor scores;
    std::vector<at::Tensor> maps;  ///< of every layer, the scores last
  };
  /// @param samples [B, S]. @param learns whether the weights shall have gradients
  std::vector<Judgement> operator()(const at::Tensor& samples, bool learns) const;

 private:
  struct Layer {
    std::string module;
    std::vector<int64_t> stride;
  };
  using Network = std::vector<Layer>;  // the last makes the scores

  void Draw(uint64_t seed);
  Judgement Run(const Network& network, at::Tensor x, bool learns) const;
  at::Tensor Spectrum(const at::Tensor& samples, size_t index) const;

  DiscriminatorSettings settings_;
  std::vector<Network> networks_;  // those of the periods, then those of each spectrum's bands
  Parameters parameters_;
  std::vector<at::Tensor> shapes_;  // of the windows
};

using Judgements = std::vector<Discriminators::Judgement>;

/// Least squares, averaged over the networks: what they lose by mistaking one for the other.
at::Tensor DiscriminatorLoss(const Judgements& real, const Judgements& generated);
/// What the codec loses by not being taken for real.
at::Tensor AdversarialLoss(const Judgements& generated);
/// The mean absolute difference of the maps.
at::Tensor FeatureLoss(const Judgements& real, const Judgements& generated);

}  // namespace kani::train
