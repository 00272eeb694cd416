// kani-train plot: the history of runs as curves.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "apps/terminal/console.h"
#include "apps/terminal/exit_codes.h"
#include "base/atomic_file.h"
#include "base/error.h"
#include "text/unicode.h"
#include "train/cli/commands.h"
#include "train/observe/curves.h"
#include "train/observe/metrics_file.h"

namespace kani::train {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> runs;
  std::string output;
  int64_t from = 0;
};

/// Of a run's folder, or of a metrics file itself.
RunHistory Load(const std::string& run, int64_t from) {
  text::RequireUtf8(run);
  const bool folder = fs::is_directory(run);
  const fs::path file = folder ? fs::path(run) / "metrics.jsonl" : fs::path(run);
  if (!fs::exists(file)) {
    Fail(ErrorCode::kNotFound, Quoted(run), folder ? ": has no metrics.jsonl" : ": does not exist",
         "; expected the folder of a run of kani-train");
  }
  RunHistory history{run, ReadMetrics(file)};
  if (history.series.empty()) {
    Fail(ErrorCode::kInvalidFile, Quoted(file.string()), ": no update is written there yet");
  }
  for (auto& [key, points] : history.series) {
    std::erase_if(points, [&](const MetricPoint& point) { return point.step < from; });
  }
  return history;
}

int Run(const Options& options) {
  std::vector<RunHistory> runs;
  for (const std::string& run : options.runs) runs.push_back(Load(run, options.from));
  const std::string svg = CurvesSvg(runs);
  WriteFileAtomically(options.output, std::as_bytes(std::span(svg)));
  return terminal::kExitOk;
}

}  // namespace

void AddTrainPlot(CLI::App& app, terminal::Action& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("plot", "Curves of runs: losses, rates, speed");
  command->add_option("RUN", options->runs, "Folders of runs, drawn over each other")->required();
  command->add_option("-o,--output", options->output, "SVG file to write")->required();
  command->add_option("--from", options->from, "Leaves out earlier steps")->capture_default_str();
  command->footer("Example: kani-train plot first second -o curves.svg");
  command->callback([options, &run] { run = [options] { return Run(*options); }; });
}

}  // namespace kani::train
