// Updates of a codec: reconstruction at first, then also against discriminators that learn beside
// it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "train/codec/codec_network.h"
#include "train/codec/discriminators.h"
#include "train/codec/spectral_loss.h"
#include "train/nn/trainer.h"

namespace kani::train {

struct CodecTrainerSettings : TrainerSettings {
  SpectralLossSettings spectral;
  DiscriminatorSettings discriminators;
  int64_t adversarial_from = -1;    ///< the step that begins with discriminators; -1: none
  int64_t discriminator_every = 2;  ///< updates of the codec for one of theirs
  double adversarial_weight = 1.0, feature_weight = 1.0;
  bool freeze_encoder = false;  ///< codes stay what they are, and language models with them
  uint64_t seed = 42;           ///< of the discriminators' first weights
};

/// Throws kInvalidArgument for numbers out of range.
void Check(const CodecTrainerSettings& settings);

/// Clips of one length. Tensors of one process lie on the network's device.
struct CodecBatch {
  at::Tensor heard;   ///< [B, S] what the encoder gets
  at::Tensor wanted;  ///< [B, S] what shall come out
  at::Tensor kept;    ///< [B] int64: the first codebooks, which reach the decoder
};

class CodecTrainer : public Trainer {
 public:
  /// @param processes whose batches make one update together
  CodecTrainer(CodecNetwork& network, const CodecTrainerSettings& settings,
               ProcessGroup& processes);

  /// The report's loss is the weighted sum of all.
  UpdateReport Update(const CodecBatch& batch);

  /// Means over this process' updates since the last call, by their names in the log.
  std::vector<std::pair<std::string, double>> TakeLosses();

  /// That of the discriminators; null without.
  Trainer* discriminator_trainer() { return discriminator_trainer_.get(); }
  const Trainer* discriminator_trainer() const { return discriminator_trainer_.get(); }

 private:
  at::Tensor Loss(const CodecBatch& batch);
  at::Tensor AdversarialTerms(const at::Tensor& generated, const at::Tensor& real);
  void Note(const char* name, double value);

  struct Mean {
    std::string name;
    double sum = 0;
    int64_t count = 0;
  };

  const CodecNetwork& network_;
  const CodecTrainerSettings settings_;
  const SpectralLoss spectral_;
  std::unique_ptr<Discriminators> discriminators_;
  std::unique_ptr<Trainer> discriminator_trainer_;
  std::vector<Mean> losses_;
};

/// The latent with the codebooks behind the first `kept` set to 0, a value of its own for each
/// clip.
/// @param values [B, F, D]. @param kept [B]
at::Tensor KeepFirst(const at::Tensor& values, const at::Tensor& kept, int64_t codebooks);

}  // namespace kani::train
