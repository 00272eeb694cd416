#include "train/cli/shard_job_options.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "apps/terminal/console.h"
#include "apps/terminal/exit_codes.h"
#include "base/error.h"
#include "train/data/manifest.h"

namespace kani::train {
namespace {

void PrintReport(const char* of, const ImportReport& report) {
  terminal::PrintNote(StrCat(of, ": ", report.clips, " clips, ", std::lround(report.seconds),
                             " s of speech, ", report.without_voice, " clips without a voice"));
  for (const DropReason reason : kDropReasons) {
    if (const int64_t count = report.Count(reason); count > 0) {
      const auto first = std::ranges::find(report.dropped, reason, &Dropped::reason);
      terminal::PrintNote(StrCat("  dropped: ", count, " ", DropReasonName(reason),
                                 ", the first: ", Quoted(first->file), ", ", first->detail));
    }
  }
  for (const Doubt doubt : kDoubts) {
    if (const int64_t count = report.Count(doubt); count > 0) {
      const auto first = std::ranges::find(report.doubtful, doubt, &Doubtful::doubt);
      terminal::PrintNote(StrCat("  kept, but doubtful: ", count, " with ", DoubtName(doubt),
                                 ", the first: ", Quoted(first->id), ", ", first->detail));
    }
  }
}

}  // namespace

void AddJobOptions(CLI::App& command, JobOptions& options) {
  command.add_option("-o,--output", options.output, "Folder of the corpus")->required();
  command.add_option("--name", options.job.name, "Of this import's shards")->capture_default_str();
  command.add_option("--shard", options.shard, "Which part this process makes: i/n")
      ->capture_default_str();
}

ShardJob MakeJob(const JobOptions& options) {
  ShardJob job = options.job;
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

size_t PrintReports(const ImportReport& report, const ShardJob& job) {
  PrintReport("this shard", report);
  if (!report.dropped.empty() || !report.doubtful.empty()) {
    terminal::PrintNote(
        StrCat("what was dropped or is doubtful stands in ", Quoted(job.ReportPath().string())));
  }
  const size_t unfinished = UnfinishedShards(job).size();
  if (unfinished == 0 && job.shards > 1) PrintReport("all shards", JoinReports(job));
  return unfinished;
}

int Finish(size_t unfinished, const std::filesystem::path& corpus) {
  if (unfinished > 0) {
    terminal::PrintNote(StrCat(unfinished, " shards are still to do"));
    return terminal::kExitOk;
  }
  const Manifest manifest = WriteManifest(corpus);
  terminal::PrintNote(StrCat("the corpus has ", manifest.total.clips, " clips in ",
                             manifest.shards.size(), " shards"));
  return terminal::kExitOk;
}

}  // namespace kani::train
