// kani-train lm: pretrains a language model.
#include <ATen/Parallel.h>

#include <cstdio>
#include <memory>
#include <string>

#include "base/error.h"
#include "console.h"
#include "exit_codes.h"
#include "interrupt.h"
#include "train/cli/commands.h"
#include "train/run/language_model_run.h"

namespace kani::cli {
namespace {

struct Options {
  std::string model, corpus, run, compute = "bf16";
  int threads = 0;
  train::LanguageModelRunOptions settings;
};

std::string ProgressText(const train::RunProgress& progress) {
  char text[160];
  std::snprintf(text, sizeof text,
                "step %lld of %lld  loss %.3f  %.0f tokens/s  %.0f x real time  %.0f min left",
                static_cast<long long>(progress.step), static_cast<long long>(progress.steps),
                progress.update.loss, progress.tokens_per_s, progress.speech_per_s,
                progress.seconds_left / 60);
  return text;
}

int Run(const Options& options) {
  train::LanguageModelRunOptions settings = options.settings;
  settings.model = options.model;
  settings.corpus = options.corpus;
  settings.folder = options.run;
  settings.compute = options.compute == "fp32" ? at::kFloat : at::kBFloat16;
  if (options.threads > 0) at::set_num_threads(options.threads);
  const OutputInProgress writing;
  ProgressLine line;
  const auto observe = [&](const train::RunProgress& progress) {
    if (progress.held_out_loss) {
      line.Clear();
      PrintNote(StrCat("step ", progress.step, ": loss ", progress.update.loss, ", held out ",
                       *progress.held_out_loss));
    }
    line.Show(ProgressText(progress));
  };
  const bool finished = train::RunLanguageModel(settings, observe, &Interrupted, PrintWarnings());
  line.Clear();
  PrintNote(finished ? StrCat("done: ", Quoted(options.run + "/latest"))
                     : std::string("stopped; the same command goes on from here"));
  return finished ? kExitOk : kExitCancelled;
}

}  // namespace

void AddTrainLanguageModel(CLI::App& app, Action& run) {
  auto options = std::make_shared<Options>();
  train::LanguageModelRunOptions& settings = options->settings;
  CLI::App* command = app.add_subcommand("lm", "Pretrains a language model; goes on where it was");
  const auto number = [&](const char* name, auto& value, const char* help) {
    command->add_option(name, value, help)->capture_default_str();
  };
  command
      ->add_option("--model", options->model,
                   "Folder with config.json and tokenizer.json; its weights are the start, if any")
      ->required();
  command->add_option("--corpus", options->corpus, "Folder of shards")->required();
  command->add_option("--run", options->run, "Folder of checkpoints and metrics.jsonl")->required();
  command->add_option("--compute", options->compute, "Type of the matrix products")
      ->check(CLI::IsMember({"bf16", "fp32"}))
      ->capture_default_str();
  command->add_flag("--from-scratch", settings.from_scratch,
                    "Draws weights even if there are some");
  number("--threads", options->threads, "Processor threads; 0: all");
  number("--steps", settings.steps, "Updates in all");
  number("--rate", settings.trainer.schedule.peak, "Highest learning rate");
  number("--warmup", settings.trainer.schedule.warmup_steps, "Updates until it is reached");
  number("--alpha-rate-ratio", settings.trainer.alpha_rate_ratio, "Rate of the RoPE scales");
  number("--weight-decay", settings.trainer.weight_decay, "Of all but the RoPE scales");
  number("--max-gradient-norm", settings.trainer.max_gradient_norm, "Gradients are scaled to it");
  number("--pack-tokens", settings.data.budget_tokens, "Tokens of one forward pass");
  number("--packs-per-step", settings.data.packs_per_step, "Forward passes of one update");
  number("--seed", settings.data.seed, "Of weights and order");
  number("--held-out", settings.data.selection.held_out, "Share of the texts never trained on");
  number("--max-duration", settings.data.selection.max_duration_s, "Longest clip in seconds");
  number("--borrowed-voices", settings.data.borrowed_voices,
         "How often the voice comes from another clip of the speaker");
  number("--save-every", settings.save_every, "Updates between checkpoints");
  number("--evaluate-every", settings.evaluate_every, "Updates between looks at held-out clips");
  number("--keep", settings.retention.newest, "Newest checkpoints kept");
  number("--keep-every", settings.retention.every,
         "Steps whose multiples are kept for good; 0: none");
  command->footer(
      "Example: kani-train lm --model tiny --corpus shards --run first --steps 2000 --rate 1e-3");
  command->callback([options, &run] { run = [options] { return Run(*options); }; });
}

}  // namespace kani::cli
