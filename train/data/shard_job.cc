#include "train/data/shard_job.h"

#include <algorithm>
#include <cstdio>

#include "base/error.h"
#include "base/system_error.h"

namespace kani::train {
namespace {

constexpr int64_t kMaxShards = 99999;  // five digits
constexpr size_t kMaxJobNameBytes = 100;

std::string Numbered(const ShardJob& job, int64_t shard, std::string_view ending) {
  char number[32];
  std::snprintf(number, sizeof number, "-%05d-of-%05d", static_cast<int>(shard),
                static_cast<int>(job.shards));
  return StrCat(job.name, number, ending);
}

/// Whether a file is a shard of an import of this name, however many shards that had.
bool IsShardOf(std::string_view file, std::string_view name) {
  if (!file.starts_with(name)) return false;
  file.remove_prefix(name.size());
  const auto is = [&](std::string_view pattern) {
    return std::ranges::equal(file, pattern, [](char found, char expected) {
      return expected == '0' ? found >= '0' && found <= '9' : found == expected;
    });
  };
  return is("-00000-of-00000.safetensors") || is("-00000-of-00000.part-00000.safetensors");
}

void RejectOtherCuts(const ShardJob& job) {
  std::error_code error;
  std::filesystem::directory_iterator files(job.folder, error);
  if (error)
    Fail(CodeOfSystemError(error.value()), Quoted(job.folder.string()), ": ", error.message());
  const std::string cut = Numbered(job, 0, ".").substr(job.name.size() + 6);  // "-of-00004."
  for (const std::filesystem::directory_entry& entry : files) {
    const std::string file = entry.path().filename().string();
    if (IsShardOf(file, job.name) && file.find(cut, job.name.size()) == std::string::npos) {
      Fail(ErrorCode::kInvalidArgument, Quoted(entry.path().string()),
           ": is a shard of the same name but not of ", job.shards,
           "; remove it or give this import another name");
    }
  }
}

/// The report if its shard is there too.
std::optional<ImportReport> WholeReport(const ShardJob& job) {
  std::error_code error;
  if (!std::filesystem::exists(job.ReportPath(), error)) return std::nullopt;
  ImportReport report = LoadReport(job.ReportPath());
  if (report.clips > 0 && !std::filesystem::exists(job.ShardPath(), error)) return std::nullopt;
  return report;
}

}  // namespace

void ShardJob::Check() const {
  if (shards < 1 || shards > kMaxShards || shard < 0 || shard >= shards) {
    Fail(ErrorCode::kInvalidArgument, "shard ", shard, " of ", shards,
         ", expected 0 to n - 1 of 1 to ", kMaxShards);
  }
  const bool plain = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
  if (name.empty() || name.size() > kMaxJobNameBytes || !plain) {
    Fail(ErrorCode::kInvalidArgument, "name of shards ", Quoted(name), ", expected 1 to ",
         kMaxJobNameBytes, " letters, digits, - and _");
  }
}

std::filesystem::path ShardJob::ShardPath() const {
  return folder / Numbered(*this, shard, ".safetensors");
}

std::filesystem::path ShardJob::ReportPath() const {
  return folder / Numbered(*this, shard, ".report.json");
}

std::filesystem::path ShardJob::JournalPath() const {
  return folder / Numbered(*this, shard, ".journal");
}

std::optional<ImportReport> FinishedReport(const ShardJob& job, const std::string& inputs) {
  job.Check();
  RejectOtherCuts(job);
  std::optional<ImportReport> report = WholeReport(job);
  if (report && report->inputs != inputs) {
    Fail(ErrorCode::kInvalidArgument, Quoted(job.ReportPath().string()),
         ": was made from other recordings or with other settings; remove it or give this import "
         "another name or folder");
  }
  return report;
}

ImportReport FinishShard(const ShardParts& clips, ImportReport report, const ShardJob& job) {
  report.clips = clips.size();
  std::ranges::stable_sort(report.dropped, {}, &Dropped::reason);
  std::ranges::stable_sort(report.doubtful, {}, &Doubtful::doubt);
  if (report.clips > 0) clips.Write(job.ShardPath());
  WriteReport(report, job.ReportPath());
  return report;
}

std::vector<int64_t> UnfinishedShards(const ShardJob& job) {
  job.Check();
  std::vector<int64_t> out;
  ShardJob each = job;
  for (each.shard = 0; each.shard < job.shards; ++each.shard) {
    if (!WholeReport(each)) out.push_back(each.shard);
  }
  return out;
}

ImportReport JoinReports(const ShardJob& job) {
  job.Check();
  ImportReport out;
  ShardJob each = job;
  for (each.shard = 0; each.shard < job.shards; ++each.shard) {
    const std::optional<ImportReport> report = WholeReport(each);
    if (!report) continue;
    out.clips += report->clips;
    out.seconds += report->seconds;
    out.without_voice += report->without_voice;
    out.dropped.insert(out.dropped.end(), report->dropped.begin(), report->dropped.end());
    out.doubtful.insert(out.doubtful.end(), report->doubtful.begin(), report->doubtful.end());
  }
  return out;
}

}  // namespace kani::train
