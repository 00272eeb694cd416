#include "train/codec/codec_trainer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace kani::train {

namespace {

/// The weights, those of an encoder that shall stay frozen.
Parameters& Prepared(CodecNetwork& network, const CodecTrainerSettings& settings) {
  if (settings.freeze_encoder) FreezeParts(network.parameters(), {"audio_encoder"});
  return network.parameters();
}

/// Runs of neighbours that are trained.
std::vector<ParameterGroup> Groups(const Parameters& parameters, double weight_decay) {
  std::vector<ParameterGroup> groups;
  for (size_t i = 0; i < parameters.specs().size(); ++i) {
    if (parameters.IsFrozen(i)) continue;
    const int64_t begin = parameters.Offset(i);
    const int64_t end = begin + ElementCount(parameters.specs()[i].shape);
    if (!groups.empty() && groups.back().end == begin) {
      groups.back().end = end;
    } else {
      groups.push_back({begin, end, 1.0, weight_decay});
    }
  }
  return groups;
}

TrainerSettings DiscriminatorTraining(const CodecTrainerSettings& settings) {
  TrainerSettings out = settings;
  const int64_t left = settings.schedule.total_steps - settings.adversarial_from;
  out.schedule.total_steps = std::max<int64_t>(1, left / settings.discriminator_every);
  out.average_decay = 0;
  return out;
}

}  // namespace

void Check(const CodecTrainerSettings& settings) {
  Check(settings.spectral);
  Check(settings.discriminators);
  if (settings.discriminator_every < 1) {
    Fail(ErrorCode::kInvalidArgument, "updates of the codec for one of the discriminators ",
         settings.discriminator_every, ", expected at least 1");
  }
}

at::Tensor KeepFirst(const at::Tensor& values, const at::Tensor& kept, int64_t codebooks) {
  const at::Tensor books = at::arange(codebooks, kept.options());
  const at::Tensor is_kept = books.unsqueeze(0) < kept.unsqueeze(1);  // [B, Q]
  const at::Tensor mask =
      is_kept.to(values.scalar_type()).repeat_interleave(values.size(2) / codebooks, 1);
  return values * mask.unsqueeze(1);
}

CodecTrainer::CodecTrainer(CodecNetwork& network, const CodecTrainerSettings& settings,
                           ProcessGroup& processes)
    : Trainer(Prepared(network, settings),
              Groups(Prepared(network, settings), settings.weight_decay), settings, processes),
      network_(network),
      settings_(settings),
      spectral_(settings.spectral, network.config().sample_rate_hz,
                network.parameters().values().device()) {
  if (settings.adversarial_from < 0) return;
  discriminators_ = std::make_unique<Discriminators>(settings.discriminators, settings.seed,
                                                     network.parameters().values().device());
  discriminator_trainer_ = std::make_unique<Trainer>(
      discriminators_->parameters(), Groups(discriminators_->parameters(), settings.weight_decay),
      DiscriminatorTraining(settings), processes);
}

UpdateReport CodecTrainer::Update(const CodecBatch& batch) {
  const int64_t clips = batch.wanted.size(0);
  return Trainer::Update(clips, 1,
                         [&](size_t) { return Loss(batch) * static_cast<double>(clips); });
}

at::Tensor CodecTrainer::Loss(const CodecBatch& batch) {
  at::Tensor latent;
  {
    const at::AutoGradMode encoder_learns(!settings_.freeze_encoder);
    latent = network_.Latent(batch.heard);
  }
  const at::Tensor values =
      KeepFirst(network_.Quantise(latent).values, batch.kept, network_.config().num_groups);
  const at::Tensor generated = network_.Decode(values);
  const SpectralLoss::Distance distance = spectral_(generated, batch.wanted);
  Note("mel", distance.mel);
  Note("stft", distance.stft);
  const bool adversarial = discriminators_ != nullptr && step >= settings_.adversarial_from;
  if (!adversarial) return distance.total;
  return distance.total + AdversarialTerms(generated, batch.wanted);
}

at::Tensor CodecTrainer::AdversarialTerms(const at::Tensor& generated, const at::Tensor& real) {
  const int64_t clips = real.size(0);
  if ((step - settings_.adversarial_from) % settings_.discriminator_every == 0) {
    const at::Tensor fake = generated.detach();
    const UpdateReport report = discriminator_trainer_->Update(clips, 1, [&](size_t) {
      const at::Tensor loss =
          DiscriminatorLoss((*discriminators_)(real, true), (*discriminators_)(fake, true));
      return loss * static_cast<double>(clips);
    });
    Note("discriminator", report.loss);
  }
  Judgements of_real;
  {
    const at::NoGradGuard no_gradients;
    of_real = (*discriminators_)(real, false);
  }
  const Judgements of_generated = (*discriminators_)(generated, false);
  const at::Tensor adversarial = AdversarialLoss(of_generated);
  const at::Tensor feature = FeatureLoss(of_real, of_generated);
  Note("adversarial", adversarial.item<double>());
  Note("feature", feature.item<double>());
  return adversarial * settings_.adversarial_weight + feature * settings_.feature_weight;
}

void CodecTrainer::Note(const char* name, double value) {
  auto found = std::ranges::find(losses_, name, &Mean::name);
  if (found == losses_.end()) found = losses_.insert(losses_.end(), {name, 0, 0});
  found->sum += value;
  ++found->count;
}

std::vector<std::pair<std::string, double>> CodecTrainer::TakeLosses() {
  std::vector<std::pair<std::string, double>> means;
  for (const Mean& mean : losses_) {
    means.emplace_back(mean.name, mean.sum / static_cast<double>(mean.count));
  }
  losses_.clear();
  return means;
}

}  // namespace kani::train
