// `kani bench`
#include "apps/cli/benchmark.h"
#include "apps/cli/commands.h"
#include "apps/cli/model_options.h"
#include "apps/cli/weight_option.h"
#include "apps/terminal/exit_codes.h"

namespace kani::cli {

void AddBench(CLI::App& app, terminal::Action& run) {
  CLI::App* command =
      app.add_subcommand("bench", "Measure speed and memory as shares of what this machine can do");
  struct Options {
    ModelOptions model;
    std::vector<std::string> weights{"bf16", "int8", "fp32"};
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  AddModelOption(*command, options->model);
  AddCodecOption(*command, options->model);
  AddSpeakerEncoderOption(*command, options->model);
  AddDeviceOptions(*command, options->model);
  command->add_option("--weights", options->weights, "Formats to measure: fp32, bf16, int8")
      ->delimiter(',');
  command->add_flag("--json", options->json, "Print a report a program can read");
  command->footer("Example: kani bench --model mini --weights bf16,int8");
  command->callback([options, &run] {
    run = [options] {
      BenchOptions bench;
      bench.paths = FindModel(options->model);
      bench.device = options->model.device;
      bench.threads = options->model.threads;
      bench.json = options->json;
      for (const std::string& name : options->weights) {
        bench.weights.push_back(ParseWeightFormat(name).value_or(kernels::WeightFormat::kBf16));
      }
      Bench(bench);
      return terminal::kExitOk;
    };
  });
}

}  // namespace kani::cli
