// `kani-dev verify DIR...`
#include "apps/cli/model_options.h"
#include "apps/cli/weight_option.h"
#include "apps/dev/commands.h"
#include "apps/dev/verify/verify.h"
#include "apps/terminal/exit_codes.h"

namespace kani::dev {

void AddVerify(CLI::App& app, terminal::Action& run) {
  CLI::App* command = app.add_subcommand(
      "verify", "Compare this program with what the official code computed (docs/parity.md)");
  auto options = std::make_shared<VerifyOptions>();
  auto model = std::make_shared<cli::ModelOptions>();
  command->add_option("DIR", options->folders, "Folders with parity cases, searched deeply")
      ->required();
  auto weights = std::make_shared<std::string>();
  cli::AddWeightOption(*command, *weights);
  command->add_option("--write", options->write_folder,
                      "Save what was computed here, under the names of the expected tensors");
  command->add_flag("--json", options->json, "Print a report a program can read");
  cli::AddDeviceOptions(*command, *model);
  command->footer("Example: kani-dev verify tests/golden --device reference");
  command->callback([options, model, weights, &run] {
    run = [options, model, weights] {
      options->settings.device = model->device;
      options->settings.threads = model->threads;
      options->settings.weights = cli::ParseWeightFormat(*weights);
      return Verify(*options) ? terminal::kExitOk : terminal::kExitOther;
    };
  });
}

}  // namespace kani::dev
