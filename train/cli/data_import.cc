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
#include "train/import/shard_job.h"

namespace kani::cli {
namespace {

struct Options {
  std::string input, shard = "0/1", output, codec, speaker_encoder;
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

/// Says what was kept and dropped; writes the manifest once the last shard is there.
int Finish(const train::ImportReport& report, const train::ShardJob& job) {
  PrintReport("this shard", report);
  if (!report.dropped.empty()) {
    PrintNote(StrCat("what was dropped stands in ", Quoted(job.ReportPath().string())));
  }
  const std::vector<int64_t> unfinished = train::UnfinishedShards(job);
  if (!unfinished.empty()) {
    PrintNote(StrCat(unfinished.size(), " shards are still to do"));
    return kExitOk;
  }
  if (job.shards > 1) PrintReport("all shards", train::JoinReports(job));
  const train::Manifest manifest = train::WriteManifest(job.folder);
  PrintNote(StrCat("the corpus has ", manifest.total.clips, " clips in ", manifest.shards.size(),
                   " shards"));
  return kExitOk;
}

int RunImport(const Options& options) {
  const train::ShardJob job = MakeJob(options);
  return Finish(train::ImportCodes(options.input, options.codes, job), job);
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
  return Finish(report, job);
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
  command->add_option("JSONL", options->input, "One clip a line")->required();
  AddJobOptions(*command, options);
  command->add_option("--language", options->codes.language, "Of rows that do not say theirs");
  command->add_option("--source", options->codes.source, "The same; the file's name without it");
  command->add_option("--text-column", options->codes.text, "")->capture_default_str();
  command->add_option("--voice-column", options->codes.speaker_emb, "Of voice vectors")
      ->capture_default_str();
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
