// kani-train lm: pretrains a language model.
#include "apps/models/language_model.h"

#include <charconv>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apps/terminal/interrupt.h"
#include "base/error.h"
#include "train/cli/commands.h"
#include "train/cli/run_together.h"
#include "train/config/official_config.h"
#include "train/tasks/language_model_run.h"

namespace kani::train {
namespace {

struct Options {
  std::string model, corpus, config, sentences, program;
  std::vector<std::string> sample_arguments;
  RunTogetherOptions together;
  LanguageModelRunOptions settings;
};

/// Takes over what `lm` knows of the original's training_config.yaml, where the command line does
/// not say otherwise. Sizes of batches are not: the original counts clips, this program tokens.
void ApplyConfig(const TrainingConfig& config, const CLI::App& command,
                 LanguageModelRunOptions& settings) {
  const auto take = [&](const char* flag, auto& value, auto from) {
    if (command.count(flag) == 0) value = from;
  };
  take("--rate", settings.trainer.schedule.peak, config.learning_rate);
  take("--warmup", settings.trainer.schedule.warmup_steps, config.warmup_steps);
  take("--max-gradient-norm", settings.trainer.max_gradient_norm, config.max_grad_norm);
  take("--alpha-rate-ratio", settings.trainer.alpha_rate_ratio, config.alpha_lr_ratio);
  take("--save-every", settings.save_every, config.save_steps);
  take("--keep", settings.retention.newest, config.save_total_limit);
  take("--packs-per-step", settings.data.packs_per_step, config.gradient_accumulation_steps);
  if (config.metrics.enable_metrics) {
    take("--evaluate-every", settings.evaluate_every, config.metrics.log_steps);
    take("--influence-every", settings.influence_every, config.metrics.influence_steps);
  }
  if (command.count("--steps") == 0) take("--epochs", settings.epochs, config.num_train_epochs);
}

SpokenSamplesOptions Samples(const Options& options) {
  SpokenSamplesOptions samples;
  samples.program = options.program;
  samples.sentences = ReadSentences(options.sentences);
  samples.arguments = options.sample_arguments;
  samples.seed = options.settings.data.seed;
  return samples;
}

int Run(const Options& options) {
  LanguageModelRunOptions settings = options.settings;
  settings.model = options.model;
  settings.corpus = options.corpus;
  settings.folder = options.together.run;
  if (!options.sentences.empty()) settings.samples = Samples(options);
  return RunTogether(options.together, [&](ProcessGroup& group, at::Device device,
                                           const RunObserver& observe, const WarningSink& warn) {
    settings.device = device;
    settings.compute = ComputeType(options.together, device);
    return RunLanguageModel(settings, group, observe, &terminal::Interrupted, warn);
  });
}

/// @param text "SOURCE=N"
void AddWeight(const std::string& text, std::map<std::string, double>& weights) {
  const size_t split = text.rfind('=');
  double weight = -1;
  if (split != std::string::npos && split > 0) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + split + 1, end, weight);
    if (error != std::errc() || stop != end) weight = -1;
  }
  if (!(weight > 0 && std::isfinite(weight))) {
    Fail(ErrorCode::kInvalidArgument, "--weight ", Quoted(text),
         ", expected SOURCE=N with N above 0");
  }
  weights[text.substr(0, split)] = weight;
}

void AddTraining(CLI::App& command, Options& options) {
  LanguageModelRunOptions& settings = options.settings;
  const auto number = [&](const char* name, auto& value, const char* help) {
    command.add_option(name, value, help)->capture_default_str();
  };
  number("--steps", settings.steps, "Updates in all");
  command.add_option("--epochs", settings.epochs, "Instead of --steps: times through the corpus");
  number("--rate", settings.trainer.schedule.peak, "Highest learning rate");
  number("--warmup", settings.trainer.schedule.warmup_steps, "Updates until it is reached");
  number("--alpha-rate-ratio", settings.trainer.alpha_rate_ratio, "Rate of the RoPE scales");
  number("--weight-decay", settings.trainer.weight_decay, "Of all but the RoPE scales");
  number("--max-gradient-norm", settings.trainer.max_gradient_norm, "Gradients are scaled to it");
  number("--average-decay", settings.trainer.average_decay,
         "Of the moving average of the weights that is evaluated and saved; 0: none");
  number("--spike-ratio", settings.trainer.spike_ratio,
         "Updates whose gradient is so many times larger than usual are skipped; 0: none");
  command.add_option("--freeze", settings.frozen,
                     "Parts that are not trained, as in embed_tokens or layers.3.feed_forward");
  number("--seed", settings.data.seed, "Of weights and order");
}

void AddData(CLI::App& command, Options& options) {
  TrainingSetOptions& data = options.settings.data;
  const auto number = [&](const char* name, auto& value, const char* help) {
    command.add_option(name, value, help)->capture_default_str();
  };
  number("--pack-tokens", data.budget_tokens, "Tokens of one forward pass");
  number("--packs-per-step", data.packs_per_step, "Forward passes of one update, of all processes");
  number("--held-out", data.selection.held_out, "Share of the texts never trained on");
  number("--max-duration", data.selection.max_duration_s, "Longest clip in seconds");
  number("--borrowed-voices", data.borrowed_voices,
         "How often the voice comes from another clip of the speaker");
  number("--dropped-voices", data.variation.dropped_voices,
         "How often a clip is trained without its voice");
  number("--replaced-inputs", data.variation.replaced_inputs,
         "Share of audio tokens that are read as others");
  command
      .add_option_function<std::vector<std::string>>(
          "--weight",
          [&data](const std::vector<std::string>& weights) {
            for (const std::string& weight : weights) AddWeight(weight, data.source_weights);
          },
          "How often clips of a source are seen, as in --weight podcasts=0.5")
      ->type_name("SOURCE=N");
  command.add_flag("--trust-encoded-len", data.selection.trust_encoded_len,
                   "The original's way: durations as the source claims them");
  command.add_flag("--drop-repeated-frames", data.sequence.drop_repeated_frames,
                   "The original's way: a frame that equals the one before it goes");
  command.add_flag("--audio-loss-only", data.variation.audio_targets_only,
                   "Learns to predict audio only, not the text");
}

void AddObservation(CLI::App& command, Options& options) {
  LanguageModelRunOptions& settings = options.settings;
  const auto number = [&](const char* name, auto& value, const char* help) {
    command.add_option(name, value, help)->capture_default_str();
  };
  AddCheckpointOptions(command, settings);
  number("--influence-every", settings.influence_every,
         "Updates between looks at what codes depend on; 0: never");
  command.add_option("--speak", options.sentences,
                     "Sentences, one a line, that every checkpoint says (RUN/samples)");
  command.add_option("--speak-options", options.sample_arguments,
                     "For 'kani speak', as in --speak-options=--voice=me.wav");
  command.add_option("--kani", options.program, "The program that speaks")
      ->envname("KANI_PROGRAM")
      ->default_val("kani");
}

}  // namespace

void AddTrainLanguageModel(CLI::App& app, terminal::Action& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("lm", "Pretrains a language model; goes on where it was");
  command
      ->add_option("--model", options->model,
                   "Folder with config.json and tokenizer.json, or a name that kani models lists; "
                   "its weights are the start, if any")
      ->required();
  command->add_option("--corpus", options->corpus, "Folder of shards")->required();
  command->add_option("--training-config", options->config,
                      "The original's training_config.yaml; other options count more");
  command->add_flag("--from-scratch", options->settings.from_scratch,
                    "Draws weights even if there are some");
  AddRunTogether(*command, options->together);
  AddTraining(*command, *options);
  AddData(*command, *options);
  AddObservation(*command, *options);
  command->footer(
      "Example: kani-train lm --model tiny --corpus shards --run first --steps 2000 --rate 1e-3");
  command->callback([options, command, &run] {
    if (!options->config.empty()) {
      ApplyConfig(LoadTrainingConfig(options->config), *command, options->settings);
    }
    run = [options] {
      options->model = models::LanguageModelFolder(options->model).string();
      return Run(*options);
    };
  });
}

}  // namespace kani::train
