// kani-train data encode: recordings to a folder of shards.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "apps/terminal/console.h"
#include "apps/terminal/interrupt.h"
#include "train/cli/commands.h"
#include "train/cli/shard_job_options.h"
#include "train/encode/encode.h"
#include "train/import/import.h"
#include "train/import/layouts.h"
#include "train/import/table_dialect.h"
#include "train/tables/sound_tables.h"

namespace kani::train {
namespace {

struct Options {
  std::string input, layout, split, codec, speaker_encoder;
  JobOptions job;
  ImportDefaults defaults;
  EncodeOptions encode;
};

RecordingList Import(const Options& options) {
  if (!options.layout.empty()) {
    return ImportLayout(options.layout, options.input, options.defaults);
  }
  if (IsSoundTable(options.input)) {
    return ImportSoundTables(options.input, options.defaults, options.split);
  }
  if (!options.split.empty()) {
    Fail(ErrorCode::kInvalidArgument, "--split: ", Quoted(options.input),
         " is no folder of Parquet or Arrow files");
  }
  return ImportRecordings(options.input, options.defaults);
}

/// Reads the list and shows what was understood of it, before hours of work begin.
RecordingList ImportList(const Options& options) {
  RecordingList list;
  try {
    list = Import(options);
  } catch (const UnclearColumnsError& error) {
    Fail(error.code(), error.what(),
         "; say it with --columns, such as --columns id,text,speaker (of a Parquet or Arrow file: "
         "audio=NAME,text=NAME)");
  }
  if (list.empty()) return list;
  const ListedRecording first = list[0];
  const std::string row = first.table_row < 0 ? "" : StrCat(" row ", first.table_row);
  terminal::PrintNote(StrCat(list.size(), " recordings; the first: ", Quoted(first.path.string()),
                             row, ", text ", Quoted(first.text), ", speaker ",
                             Quoted(first.speaker), ", language ", Quoted(first.language)));
  for (const std::string& oddity : FindOddities(list)) terminal::PrintNote("note: " + oddity);
  return list;
}

int RunEncode(const Options& options) {
  const ShardJob job = MakeJob(options.job);
  EncodeOptions encode = options.encode;
  encode.models.codec = options.codec;
  if (!options.speaker_encoder.empty()) encode.models.speaker_encoder = options.speaker_encoder;
  const RecordingList recordings = ImportList(options);
  EmbeddedSound embedded(options.defaults.columns);
  encode.read_embedded = [&](const std::filesystem::path& file, int64_t row) {
    return embedded.Read(file, row);
  };
  const terminal::OutputInProgress writing;
  terminal::ProgressLine line;
  const auto progress = [&](const EncodeProgress& done) {
    char text[120];
    std::snprintf(text, sizeof text, "%lld of %lld recordings  %.0f x real time  %.0f s left",
                  static_cast<long long>(done.recordings), static_cast<long long>(done.total),
                  done.Speed(), done.TimeLeftSeconds());
    line.Show(text);
    return !terminal::Interrupted();
  };
  const ImportReport report = Encode(recordings, encode, job, progress);
  line.Clear();
  return Finish(PrintReports(report, job), job.folder);
}

}  // namespace

void AddEncode(CLI::App& data, terminal::Action& run) {
  auto options = std::make_shared<Options>();
  EncodeOptions& encode = options->encode;
  CLI::App* command =
      data.add_subcommand("encode", "Recordings with transcripts to codes and voices");
  command
      ->add_option(
          "LIST", options->input,
          "Folder with metadata.csv, or a list: id|text as LJSpeech and its relatives, or JSON "
          "lines: audio, text, speaker, language; Parquet or Arrow files, or a folder of them")
      ->required();
  AddJobOptions(*command, options->job);
  command->add_option("--codec", options->codec, "Codec file (.nemo)")->required();
  command->add_option("--speaker-encoder", options->speaker_encoder,
                      "Folder; without one no clip has a voice");
  command->add_option("--layout", options->layout,
                      StrCat("LIST is the folder of such a corpus: ", LayoutNames()));
  command->add_option("--split", options->split,
                      "Which part of a folder of Parquet or Arrow files: train");
  command->add_option("--language", options->defaults.language, "Of clips that do not say theirs");
  command->add_option("--speaker", options->defaults.speaker, "The same");
  command->add_option("--source", options->defaults.source,
                      "The same; the folder's name without it");
  command
      ->add_option("--columns", options->defaults.columns,
                   "What the columns of a table hold, where that is not clear: id,text,speaker; - "
                   "for one to leave out. Of Parquet and Arrow: audio=NAME,text=NAME")
      ->delimiter(',');
  command
      ->add_option("--min-dnsmos", options->defaults.min_dnsmos,
                   "Leave out rows of JSON lines with a lower dnsmos")
      ->capture_default_str();
  command->add_option("--threads", encode.threads, "Clips encoded at once; 0: one per core")
      ->capture_default_str();
  command->add_option("--max-duration", encode.limits.max_seconds, "Longest clip in seconds")
      ->capture_default_str();
  command->footer(
      "Example: kani-train data encode recordings -o shards --codec models/mini/codec.nemo "
      "--speaker-encoder models/mini/speaker");
  command->callback([options, &run] { run = [options] { return RunEncode(*options); }; });
}

}  // namespace kani::train
