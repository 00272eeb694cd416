// kani-train codec: trains a codec on recordings.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "apps/terminal/console.h"
#include "apps/terminal/interrupt.h"
#include "base/error.h"
#include "train/cli/commands.h"
#include "train/cli/run_together.h"
#include "train/sound/read_sounds.h"
#include "train/tasks/codec_run.h"

namespace kani::train {
namespace {

struct Options {
  std::string model, recordings, mel = "reflected";
  bool small_discriminators = false;
  RunTogetherOptions together;
  CodecRunOptions settings;
};

/// What a small codec and few hours of speech are served by.
void UseSmallDiscriminators(DiscriminatorSettings& settings) {
  settings.period_channels = {8, 32, 128, 256, 256};
  settings.band_channels = 16;
}

int Run(const Options& options) {
  CodecRunOptions settings = options.settings;
  settings.model = options.model;
  settings.folder = options.together.run;
  settings.trainer.spectral.mel_frames =
      options.mel == "silent" ? MelFrames::kSilent : MelFrames::kReflected;
  if (options.small_discriminators) UseSmallDiscriminators(settings.trainer.discriminators);
  Check(settings);
  return RunTogether(options.together, [&](ProcessGroup& group, at::Device device,
                                           const RunObserver& observe, const WarningSink& warn) {
    settings.device = device;
    settings.compute = ComputeType(options.together, device);
    CodecStart start = OpenCodecStart(settings.model);
    const SoundSet sounds =
        ReadSounds(ListSounds(options.recordings), static_cast<int>(start.config.sample_rate_hz),
                   options.together.threads, warn);
    if (group.rank() == 0) {
      terminal::PrintNote(StrCat(sounds.size(), " recordings, ",
                                 sounds.samples() / sounds.sample_rate_hz() / 60, " minutes"));
    }
    return RunCodec(settings, std::move(start), sounds, group, observe, &terminal::Interrupted,
                    warn);
  });
}

void AddTraining(CLI::App& command, Options& options) {
  CodecRunOptions& settings = options.settings;
  CodecTrainerSettings& trainer = settings.trainer;
  const auto number = [&](const char* name, auto& value, const char* help) {
    command.add_option(name, value, help)->capture_default_str();
  };
  number("--steps", settings.steps, "Updates in all");
  number("--rate", trainer.schedule.peak, "Highest learning rate");
  number("--warmup", trainer.schedule.warmup_steps, "Updates until it is reached");
  number("--max-gradient-norm", trainer.max_gradient_norm, "Gradients are scaled to it");
  number("--average-decay", trainer.average_decay,
         "Of the moving average of the weights that is evaluated and saved; 0: none");
  number("--spike-ratio", trainer.spike_ratio,
         "Updates whose gradient is so many times larger than usual are skipped; 0: none");
  command.add_flag("--freeze-encoder", trainer.freeze_encoder,
                   "Trains the decoder alone: codes stay, and language models that speak them");
  number("--mel-weight", trainer.spectral.mel_weight, "Of the distance of mel spectra");
  number("--stft-weight", trainer.spectral.stft_weight, "Of the distance of spectra");
  command.add_option_function<double>(
      "--guard",
      [&trainer](double guard) {
        trainer.spectral.mel_guard = trainer.spectral.stft_guard = guard;
      },
      "Added to magnitudes before the logarithm; 0.05. The smaller, the more soft sounds count");
  command.add_option("--mel-frames", options.mel, "NeMo's up to 2.4, or from 2.5 on")
      ->check(CLI::IsMember({"reflected", "silent"}))
      ->capture_default_str();
  number("--adversarial-from", trainer.adversarial_from,
         "The step that begins with discriminators; -1: never");
  command.add_flag("--small-discriminators", options.small_discriminators,
                   "A tenth of their weights: for a small codec or few hours of speech");
  number("--discriminator-every", trainer.discriminator_every,
         "Updates of the codec for one of the discriminators");
  number("--adversarial-weight", trainer.adversarial_weight, "Of sounding real");
  number("--feature-weight", trainer.feature_weight, "Of looking alike to the discriminators");
  number("--codebook-dropout", settings.codebook_dropout,
         "Share of crops that keep only the first codebooks");
}

void AddMaterial(CLI::App& command, Options& options) {
  CodecRunOptions& settings = options.settings;
  const auto number = [&](const char* name, auto& value, const char* help) {
    command.add_option(name, value, help)->capture_default_str();
  };
  command
      .add_option("--crop-frames", settings.crops.lengths,
                  "Lengths of crops, one of them in each step; few, for each is prepared anew")
      ->delimiter(',')
      ->capture_default_str();
  number("--frames-per-step", settings.crops.frames_per_step,
         "Frames of all crops of one update, of all processes");
  number("--held-out", settings.crops.held_out, "Share of the recordings never trained on");
  number("--held-out-clips", settings.held_out_clips, "Most of them in an evaluation");
  number("--held-out-frames", settings.held_out_frames, "Of each, from its beginning");
  number("--examples", settings.examples, "Of them, written as WAV by every evaluation");
  number("--seed", settings.crops.seed, "Of weights and crops");
  number("--noise", settings.distortion.noise, "Share of crops that the encoder hears with noise");
  number("--lowest-snr", settings.distortion.lowest_snr_db, "Loudest noise, in dB below speech");
  number("--level", settings.distortion.level, "Share of crops that it hears louder or softer");
  number("--level-db", settings.distortion.level_db, "By at most so much");
  number("--tilt", settings.distortion.tilt, "Share of crops with other treble");
}

}  // namespace

void AddTrainCodec(CLI::App& app, terminal::Action& run) {
  auto options = std::make_shared<Options>();
  options->together.compute = "auto";
  CLI::App* command = app.add_subcommand("codec", "Trains a codec; goes on where it was");
  command
      ->add_option("--model", options->model,
                   "A .nemo to begin with, or the model_config.yaml of one: its weights are drawn")
      ->required();
  command
      ->add_option("--recordings", options->recordings,
                   "A list as 'data encode' reads it, or a folder of sound files")
      ->required();
  AddRunTogether(*command, options->together);
  AddTraining(*command, *options);
  AddMaterial(*command, *options);
  AddCheckpointOptions(*command, options->settings);
  command->footer(
      "Example: kani-train codec --model small.yaml --recordings speech --run codec --steps 5000\n"
      "The result is codec/codec.nemo, which 'kani codec' and 'kani speak --codec' load.");
  command->callback([options, &run] { run = [options] { return Run(*options); }; });
}

}  // namespace kani::train
