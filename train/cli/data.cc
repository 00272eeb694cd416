// kani-train data: what is in a corpus of encoded speech.
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "apps/terminal/console.h"
#include "apps/terminal/exit_codes.h"
#include "apps/terminal/interrupt.h"
#include "base/atomic_file.h"
#include "base/error.h"
#include "train/cli/commands.h"
#include "train/cli/statistics_report.h"
#include "train/data/corpus.h"
#include "train/data/export.h"
#include "train/data/manifest.h"
#include "train/data/statistics.h"

namespace kani::train {
namespace {

struct Options {
  std::string corpus, output;
  int64_t clip = 0;
};

int RunVerify(const Options& options) {
  const std::vector<std::string> problems = Verify(options.corpus);
  for (const std::string& problem : problems) terminal::PrintError(problem);
  if (!problems.empty()) return terminal::kExitInvalidFile;
  const Manifest manifest = LoadManifest(options.corpus);
  terminal::Print(StrCat("every byte is as the manifest says: ", manifest.shards.size(),
                         " shards, ", manifest.total.clips, " clips\n"));
  return terminal::kExitOk;
}

int RunStatistics(const Options& options) {
  const CorpusStatistics statistics = Statistics(Corpus(options.corpus));
  terminal::Print(StatisticsText(statistics));
  if (!options.output.empty()) {
    const std::string svg = StatisticsSvg(statistics);
    const terminal::OutputInProgress writing;
    WriteFileAtomically(options.output, std::as_bytes(std::span(svg)));
  }
  return terminal::kExitOk;
}

int RunInspect(const Options& options) {
  const Corpus corpus(options.corpus);
  const Utterance clip = corpus.Get(options.clip);
  nlohmann::ordered_json json = OriginalRow(clip, corpus.format());
  json["id"] = clip.id;
  json["voice"] = clip.voice;
  json["language"] = clip.language;
  json["source"] = clip.source;
  terminal::PrintJson(json);
  return terminal::kExitOk;
}

int RunExport(const Options& options) {
  const Corpus corpus(options.corpus);
  const terminal::OutputInProgress writing;
  Export(corpus, options.output, terminal::Interrupted);
  return terminal::kExitOk;
}

/// One subcommand of `data`, with the corpus as its argument.
CLI::App* Add(CLI::App& data, const char* name, const char* help, const char* example,
              const std::shared_ptr<Options>& options, int (*work)(const Options&),
              terminal::Action& run) {
  CLI::App* command = data.add_subcommand(name, help);
  command->add_option("CORPUS", options->corpus, "Folder of shards")->required();
  command->footer(StrCat("Example: kani-train data ", example));
  command->callback([options, work, &run] { run = [options, work] { return work(*options); }; });
  return command;
}

}  // namespace

void AddTrainData(CLI::App& app, terminal::Action& run) {
  auto options = std::make_shared<Options>();
  CLI::App* data = app.add_subcommand("data", "Corpora of encoded speech");
  data->require_subcommand(1);
  AddImport(*data, run);
  AddEncode(*data, run);
  Add(*data, "verify", "Compares every byte with the manifest", "verify shards", options,
      &RunVerify, run);
  Add(*data, "stats", "Hours, languages, voices, histograms", "stats shards --svg stats.svg",
      options, &RunStatistics, run)
      ->add_option("--svg", options->output, "Writes the histograms here too");
  Add(*data, "inspect", "One clip as JSON", "inspect shards 7", options, &RunInspect, run)
      ->add_option("CLIP", options->clip, "Number of the clip, from 0")
      ->required();
  Add(*data, "export", "All clips in the original's columns", "export shards -o clips.jsonl",
      options, &RunExport, run)
      ->add_option("-o,--output", options->output, "File to write")
      ->required();
}

}  // namespace kani::train
