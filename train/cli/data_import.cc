// kani-train data import, data encode: recordings or ready codes to a folder of shards.
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "console.h"
#include "exit_codes.h"
#include "interrupt.h"
#include "train/cli/commands.h"
#include "train/data/manifest.h"
#include "train/encode/encode.h"
#include "train/import/codes_jsonl.h"
#include "train/import/import.h"
#include "train/import/import_report.h"
#include "train/import/official_datasets.h"
#include "train/import/shard_job.h"

namespace kani::cli {
namespace {

constexpr int64_t kMaxClips = int64_t{1} << 40;

struct Options {
  std::string input, dataset_config, shard = "0/1", output, codec, speaker_encoder;
  train::ShardJob job;
  train::CodesOptions codes;
  train::ImportDefaults defaults;
  train::EncodeOptions encode;
};

/// The job of --output, --name and --shard i/n; makes the folder.
train::ShardJob MakeJob(const Options& options) {
  train::ShardJob job = options.job;
  job.folder = options.output;
  const std::string& text = options.shard;
  long long shard = 0, shards = 0;
  int end = 0;
  if (std::sscanf(text.c_str(), "%lld/%lld%n", &shard, &shards, &end) != 2 ||
      static_cast<size_t>(end) != text.size()) {
    Fail(ErrorCode::kInvalidArgument, "--shard: expected i/n such as 0/4, found ", Quoted(text));
  }
  job.shard = shard;
  job.shards = shards;
  job.Check();
  std::filesystem::create_directories(job.folder);
  return job;
}

void PrintReport(const char* of, const train::ImportReport& report) {
  PrintNote(StrCat(of, ": ", report.clips, " clips, ", std::lround(report.seconds),
                   " s of speech, ", report.without_voice, " clips without a voice"));
  for (const train::DropReason reason : train::kDropReasons) {
    if (const int64_t count = report.Count(reason); count > 0) {
      PrintNote(StrCat("  dropped: ", count, " ", train::DropReasonName(reason)));
    }
  }
}

/// Says what of a shard was kept and dropped, and of all shards once the last one is there.
/// @return how many are still to do
size_t PrintReports(const train::ImportReport& report, const train::ShardJob& job) {
  PrintReport("this shard", report);
  if (!report.dropped.empty()) {
    PrintNote(StrCat("what was dropped stands in ", Quoted(job.ReportPath().string())));
  }
  const size_t unfinished = train::UnfinishedShards(job).size();
  if (unfinished == 0 && job.shards > 1) PrintReport("all shards", train::JoinReports(job));
  return unfinished;
}

/// Writes the manifest if no shard of the import is still to do.
int Finish(size_t unfinished, const std::filesystem::path& corpus) {
  if (unfinished > 0) {
    PrintNote(StrCat(unfinished, " shards are still to do"));
    return kExitOk;
  }
  const train::Manifest manifest = train::WriteManifest(corpus);
  PrintNote(StrCat("the corpus has ", manifest.total.clips, " clips in ", manifest.shards.size(),
                   " shards"));
  return kExitOk;
}

/// One import of the .jsonl file, or one for each data set of the .yaml file.
std::vector<train::CodesImport> ImportsOf(const Options& options, const train::ShardJob& job) {
  if (!options.input.empty()) return {{options.input, options.codes, job}};
  std::vector<train::CodesImport> imports = train::ImportsOf(options.dataset_config, job);
  for (train::CodesImport& each : imports) {
    each.options.trust_encoded_len = options.codes.trust_encoded_len;
  }
  return imports;
}

int RunImport(const Options& options) {
  if (options.input.empty() == options.dataset_config.empty()) {
    Fail(ErrorCode::kInvalidArgument, "expected either JSONL or --dataset-config");
  }
  const train::ShardJob job = MakeJob(options);
  size_t unfinished = 0;
  const OutputInProgress writing;
  for (const train::CodesImport& each : ImportsOf(options, job)) {
    const train::ImportReport report =
        train::ImportCodes(each.jsonl, each.options, each.job, Interrupted);
    PrintNote(StrCat(Quoted(each.jsonl.string()), ":"));
    unfinished += PrintReports(report, each.job);
  }
  return Finish(unfinished, job.folder);
}

int RunEncode(const Options& options) {
  const train::ShardJob job = MakeJob(options);
  train::EncodeOptions encode = options.encode;
  encode.models.codec = options.codec;
  if (!options.speaker_encoder.empty()) encode.models.speaker_encoder = options.speaker_encoder;
  const std::vector<train::Recording> recordings =
      train::ImportRecordings(options.input, options.defaults);
  const OutputInProgress writing;
  ProgressLine line;
  const auto progress = [&](const train::EncodeProgress& done) {
    char text[120];
    std::snprintf(text, sizeof text, "%lld of %lld recordings  %.0f x real time  %.0f s left",
                  static_cast<long long>(done.recordings), static_cast<long long>(done.total),
                  done.Speed(), done.TimeLeftSeconds());
    line.Show(text);
    return !Interrupted();
  };
  const train::ImportReport report = train::Encode(recordings, encode, job, progress);
  line.Clear();
  return Finish(PrintReports(report, job), job.folder);
}

void AddJobOptions(CLI::App& command, const std::shared_ptr<Options>& options) {
  command.add_option("-o,--output", options->output, "Folder of the corpus")->required();
  command.add_option("--name", options->job.name, "Of this import's shards")->capture_default_str();
  command.add_option("--shard", options->shard, "Which part this process makes: i/n")
      ->capture_default_str();
}

void AddImport(CLI::App& data, Action& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      data.add_subcommand("import", "Codes that are ready, in the original's columns");
  command->add_option("JSONL", options->input, "One clip a line");
  CLI::Option* config =
      command->add_option("--dataset-config", options->dataset_config,
                          "The original's YAML file instead; its rows in REPONAME/SPLIT.jsonl or "
                          "REPONAME/NAME/SPLIT.jsonl beside it");
  AddJobOptions(*command, options);
  // What the YAML file says for itself.
  const auto add = [&](const char* name, auto& value, const char* help) {
    return command->add_option(name, value, help)->excludes(config);
  };
  train::CodesOptions& codes = options->codes;
  add("--language", codes.language, "Of rows that do not say theirs");
  add("--source", codes.source, "The same; the file's name without it");
  add("--text-column", codes.text, "")->capture_default_str();
  add("--voice-column", codes.speaker_emb, "Of voice vectors")->capture_default_str();
  add("--max-duration", codes.max_duration_s, "Longest clip in seconds");
  add("--max-clips", codes.max_rows, "As many, chosen at random")
      ->check(CLI::Range(int64_t{1}, kMaxClips));
  command->add_flag("--trust-encoded-len", codes.trust_encoded_len,
                    "Durations by encoded_len, as the original has them, not by the codes");
  command->footer("Example: kani-train data import clips.jsonl -o shards --language en");
  command->callback([options, &run] { run = [options] { return RunImport(*options); }; });
}

void AddEncode(CLI::App& data, Action& run) {
  auto options = std::make_shared<Options>();
  train::EncodeOptions& encode = options->encode;
  CLI::App* command =
      data.add_subcommand("encode", "Recordings with transcripts to codes and voices");
  command
      ->add_option(
          "LIST", options->input,
          "Folder with metadata.csv (LJSpeech), or JSON lines: audio, text, speaker, language")
      ->required();
  AddJobOptions(*command, options);
  command->add_option("--codec", options->codec, "Codec file (.nemo)")->required();
  command->add_option("--speaker-encoder", options->speaker_encoder,
                      "Folder; without one no clip has a voice");
  command->add_option("--language", options->defaults.language, "Of clips that do not say theirs");
  command->add_option("--speaker", options->defaults.speaker, "The same");
  command->add_option("--source", options->defaults.source,
                      "The same; the folder's name without it");
  command->add_option("--threads", encode.threads, "Clips encoded at once; 0: one per core")
      ->capture_default_str();
  command->add_option("--max-duration", encode.limits.max_seconds, "Longest clip in seconds")
      ->capture_default_str();
  command->footer(
      "Example: kani-train data encode recordings -o shards --codec models/mini/codec.nemo "
      "--speaker-encoder models/mini/speaker");
  command->callback([options, &run] { run = [options] { return RunEncode(*options); }; });
}

}  // namespace

void AddImports(CLI::App& data, Action& run) {
  AddImport(data, run);
  AddEncode(data, run);
}

}  // namespace kani::cli
