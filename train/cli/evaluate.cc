// kani-train evaluate: what a language model makes of clips that were held out.
#include "train/evaluate/evaluate.h"

#include <ATen/Parallel.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/models/language_model.h"
#include "apps/terminal/console.h"
#include "apps/terminal/exit_codes.h"
#include "base/error.h"
#include "formats/safetensors.h"
#include "model/lm_config.h"
#include "model/tokenizer_file.h"
#include "text/tokenizer.h"
#include "train/cli/commands.h"
#include "train/data/corpus.h"
#include "train/data/held_out.h"
#include "train/data/selection.h"
#include "train/lm/language_model.h"
#include "train/nn/device.h"
#include "train/nn/threads.h"

namespace kani::train {
namespace {

struct Options {
  std::string model, corpus, compute = "bf16", device = "cpu";
  int threads = 0;
  int64_t clips = 200;
  SelectionOptions selection;
  EvaluationOptions evaluation;
  bool influence = false, json = false;
};

std::vector<HeldOutClip> Clips(const Options& options, const model::LmConfig& config) {
  const text::Tokenizer tokenizer(
      model::LoadTokenizerFile(std::filesystem::path(options.model) / "tokenizer.json"));
  const Corpus corpus(options.corpus);
  const std::vector<int64_t> held_out = Select(corpus, options.selection).held_out;
  if (held_out.empty()) {
    Fail(ErrorCode::kInvalidArgument, Quoted(options.corpus), ": none of the ", corpus.size(),
         " clips is held out at --held-out ", options.selection.held_out);
  }
  return HeldOutClips(corpus, held_out, options.clips, tokenizer, config.tokens);
}

nlohmann::ordered_json Json(const Evaluation& evaluation) {
  nlohmann::ordered_json json = {{"clips", evaluation.clips}, {"targets", evaluation.targets}};
  if (evaluation.text) json["clips_with_wrong_text"] = evaluation.text->clips;
  if (evaluation.voice) json["clips_with_wrong_voice"] = evaluation.voice->clips;
  for (const auto& [name, value] : EvaluationMetrics(evaluation)) json[name] = value;
  return json;
}

int Run(const Options& options) {
  UseThreads(options.threads > 0 ? options.threads : at::get_num_threads());
  const at::Device device = OpenDevice(options.device);
  LanguageModel model(model::LoadLmConfig(std::filesystem::path(options.model) / "config.json"),
                      options.compute == "fp32" ? at::kFloat : at::kBFloat16, device);
  model.parameters().Load(*formats::OpenSafetensors(options.model));
  EvaluationOptions how = options.evaluation;
  if (options.influence) how.influence_samples = kOfficialInfluenceSamples;
  const Evaluation evaluation = Evaluate(model, Clips(options, model.config()), how);
  if (options.json) {
    terminal::PrintJson(Json(evaluation));
  } else {
    terminal::Print(EvaluationText(evaluation));
  }
  return terminal::kExitOk;
}

}  // namespace

void AddTrainEvaluate(CLI::App& app, terminal::Action& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("evaluate", "What a checkpoint makes of clips that were held out");
  const auto number = [&](const char* name, auto& value, const char* help) {
    return command->add_option(name, value, help)->capture_default_str();
  };
  command->add_option("--model", options->model, "Checkpoint, or the name of a model")->required();
  command->add_option("--corpus", options->corpus, "Folder of shards")->required();
  number("--clips", options->clips, "At most so many, spread over all that are held out")
      ->check(CLI::Range(1, 1 << 30));
  number("--held-out", options->selection.held_out, "Share of the texts, as in training");
  number("--max-duration", options->selection.max_duration_s, "Longest clip in seconds");
  command->add_flag("--influence", options->influence,
                    "Also which inputs the predictions depend on; takes 32 backward passes a "
                    "codebook");
  command->add_flag("--json", options->json, "Prints all figures as JSON");
  number("--compute", options->compute, "Type of the matrix products")
      ->check(CLI::IsMember({"bf16", "fp32"}));
  number("--device", options->device, "cpu, cuda or cuda:N");
  number("--threads", options->threads, "Processor threads; 0: all");
  number("--pack-tokens", options->evaluation.budget_tokens, "Tokens of one forward pass")
      ->check(CLI::Range(1, 1 << 30));
  command->footer("Example: kani-train evaluate --model first/latest --corpus shards");
  command->callback([options, &run] {
    run = [options] {
      options->model = models::LanguageModelFolder(options->model).string();
      return Run(*options);
    };
  });
}

}  // namespace kani::train
