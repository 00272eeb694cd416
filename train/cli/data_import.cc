// kani-train data import: ready codes to a folder of shards.
#include <memory>
#include <string>
#include <vector>

#include "apps/terminal/console.h"
#include "apps/terminal/interrupt.h"
#include "base/error.h"
#include "train/cli/commands.h"
#include "train/cli/shard_job_options.h"
#include "train/import/codes_jsonl.h"
#include "train/import/official_datasets.h"

namespace kani::train {
namespace {

constexpr int64_t kMostClips = int64_t{1} << 40;

struct Options {
  std::string input, dataset_config;
  JobOptions job;
  CodesOptions codes;
};

/// One import of the .jsonl file, or one for each data set of the .yaml file.
std::vector<CodesImport> ImportsOf(const Options& options, const ShardJob& job) {
  if (!options.input.empty()) return {{options.input, options.codes, job}};
  std::vector<CodesImport> imports = ImportsOf(options.dataset_config, job);
  for (CodesImport& each : imports) {
    each.options.trust_encoded_len = options.codes.trust_encoded_len;
  }
  return imports;
}

int RunImport(const Options& options) {
  if (options.input.empty() == options.dataset_config.empty()) {
    Fail(ErrorCode::kInvalidArgument, "expected either JSONL or --dataset-config");
  }
  const ShardJob job = MakeJob(options.job);
  size_t unfinished = 0;
  const terminal::OutputInProgress writing;
  for (const CodesImport& each : ImportsOf(options, job)) {
    const ImportReport report =
        ImportCodes(each.jsonl, each.options, each.job, terminal::Interrupted);
    terminal::PrintNote(StrCat(Quoted(each.jsonl.string()), ":"));
    unfinished += PrintReports(report, each.job);
  }
  return Finish(unfinished, job.folder);
}

}  // namespace

void AddImport(CLI::App& data, terminal::Action& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      data.add_subcommand("import", "Codes that are ready, in the original's columns");
  command->add_option("JSONL", options->input, "One clip a line");
  CLI::Option* config =
      command->add_option("--dataset-config", options->dataset_config,
                          "The original's YAML file instead; its rows in REPONAME/SPLIT.jsonl or "
                          "REPONAME/NAME/SPLIT.jsonl beside it");
  AddJobOptions(*command, options->job);
  // What the YAML file says for itself.
  const auto add = [&](const char* name, auto& value, const char* help) {
    return command->add_option(name, value, help)->excludes(config);
  };
  CodesOptions& codes = options->codes;
  add("--language", codes.language, "Of rows that do not say theirs");
  add("--source", codes.source, "The same; the file's name without it");
  add("--text-column", codes.text, "")->capture_default_str();
  add("--voice-column", codes.speaker_emb, "Of voice vectors")->capture_default_str();
  add("--max-duration", codes.max_duration_s, "Longest clip in seconds");
  add("--max-clips", codes.max_rows, "As many, chosen at random")
      ->check(CLI::Range(int64_t{1}, kMostClips));
  command->add_flag("--trust-encoded-len", codes.trust_encoded_len,
                    "Durations by encoded_len, as the original has them, not by the codes");
  command->footer("Example: kani-train data import clips.jsonl -o shards --language en");
  command->callback([options, &run] { run = [options] { return RunImport(*options); }; });
}

}  // namespace kani::train
