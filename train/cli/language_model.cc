// kani-train lm: pretrains a language model.
#include "apps/models/language_model.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apps/terminal/console.h"
#include "apps/terminal/exit_codes.h"
#include "apps/terminal/interrupt.h"
#include "base/error.h"
#include "train/cli/commands.h"
#include "train/config/official_config.h"
#include "train/launch/launcher.h"
#include "train/launch/topology.h"
#include "train/nn/device.h"
#include "train/nn/threads.h"
#include "train/tasks/language_model_run.h"

extern char** environ;

namespace kani::train {
namespace {

struct Options {
  std::string model, corpus, run, compute = "bf16", device = "cpu", config, sentences, program;
  std::vector<std::string> sample_arguments;
  int threads = 0, processes = 0;
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

std::string ProgressText(const RunProgress& progress) {
  return StrCat("step ", progress.step, " of ", progress.steps, "  loss ", progress.update.loss,
                "  ", progress.speed);
}

/// Starts the processes of this machine and reports those that failed.
int StartProcesses(const Topology& plan) {
  const terminal::OutputInProgress writing;
  const LaunchResult result = LaunchRanks(OwnCommand(), environ, plan);
  for (const FailedRank& failed : result.failures) {
    if (failed.exit_code == terminal::kExitCancelled) continue;  // as it was asked to
    terminal::PrintError(StrCat("process ", failed.rank, " ended with ", failed.exit_code,
                                failed.last_words.empty() ? "" : ": ", failed.last_words));
  }
  return result.exit_code;
}

SpokenSamplesOptions Samples(const Options& options) {
  SpokenSamplesOptions samples;
  samples.program = options.program;
  samples.sentences = ReadSentences(options.sentences);
  samples.arguments = options.sample_arguments;
  samples.seed = options.settings.data.seed;
  return samples;
}

int Train(const Options& options, const Topology& topology) {
  LanguageModelRunOptions settings = options.settings;
  settings.model = options.model;
  settings.corpus = options.corpus;
  settings.folder = options.run;
  settings.compute = options.compute == "fp32" ? at::kFloat : at::kBFloat16;
  const bool one_gpu_each = options.device == "cuda" && topology.world_size > 1;
  settings.device =
      OpenDevice(one_gpu_each ? StrCat("cuda:", topology.local_rank) : options.device);
  const int share = at::get_num_threads() / topology.local_world_size;
  UseThreads(options.threads > 0 ? options.threads : std::max(1, share));
  if (!options.sentences.empty()) settings.samples = Samples(options);

  ProcessGroup alone;
  std::unique_ptr<ProcessGroup> several;
  if (topology.world_size > 1) {
    terminal::PrintNote(Describe(topology));
    several = std::make_unique<ProcessGroup>(topology, settings.device);
  }
  const terminal::OutputInProgress writing;
  terminal::ProgressLine line;
  const bool speaks = topology.rank == 0;
  const auto observe = [&](const RunProgress& progress) {
    if (!speaks) return;
    if (progress.evaluation && !progress.evaluation->note.empty()) {
      line.Clear();
      terminal::PrintNote(StrCat("step ", progress.step, ": loss ", progress.update.loss, ", ",
                                 progress.evaluation->note));
    }
    line.Show(ProgressText(progress));
  };
  const bool finished =
      RunLanguageModel(settings, several ? *several : alone, observe, &terminal::Interrupted,
                       speaks ? terminal::PrintWarnings() : WarningSink());
  line.Clear();
  if (speaks) {
    terminal::PrintNote(finished ? StrCat("done: ", Quoted(options.run + "/latest"))
                                 : std::string("stopped; the same command goes on from here"));
  }
  return finished ? terminal::kExitOk : terminal::kExitCancelled;
}

int Run(const Options& options) {
  const Topology topology = ResolveTopology(options.processes, &std::getenv);
  return topology.starts_ranks ? StartProcesses(topology) : Train(options, topology);
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
  number("--save-every", settings.save_every, "Updates between checkpoints");
  number("--keep", settings.retention.newest, "Newest checkpoints kept");
  number("--keep-every", settings.retention.every,
         "Steps whose multiples are kept for good; 0: none");
  number("--evaluate-every", settings.evaluate_every, "Updates between looks at held-out clips");
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
  command->add_option("--run", options->run, "Folder of checkpoints and metrics")->required();
  command->add_option("--training-config", options->config,
                      "The original's training_config.yaml; other options count more");
  command->add_flag("--from-scratch", options->settings.from_scratch,
                    "Draws weights even if there are some");
  command->add_option("--device", options->device, "cpu, cuda or cuda:N")->capture_default_str();
  command->add_option("--compute", options->compute, "Type of the matrix products")
      ->check(CLI::IsMember({"bf16", "fp32"}))
      ->capture_default_str();
  command->add_option("--nproc", options->processes,
                      "Processes on this machine (torchrun, Slurm and mpirun are understood too)");
  command
      ->add_option("--threads", options->threads,
                   "Processor threads of a process; 0: its share of all")
      ->capture_default_str();
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
