// `kani-dev make-model NAME DIR`
#include <memory>
#include <string>

#include "apps/dev/commands.h"
#include "apps/dev/models/make_model.h"
#include "apps/terminal/exit_codes.h"

namespace kani::dev {

void AddMakeModel(CLI::App& app, terminal::Action& run) {
  struct Options {
    std::string name, folder;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "make-model",
      "Write random models of the official sizes (2.3 GB), to measure with kani bench");
  command->add_option("NAME", options->name, std::string(kMakeableModels))->required();
  command->add_option("DIR", options->folder, "A folder that is empty or not there")->required();
  command->footer("Example: kani-dev make-model kani-tts-2 big");
  command->callback([options, &run] {
    run = [options] {
      MakeModel(options->name, options->folder);
      return terminal::kExitOk;
    };
  });
}

}  // namespace kani::dev
