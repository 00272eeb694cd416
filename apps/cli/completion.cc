// kani completion: prints a completion script for a shell.
#include <memory>
#include <string>

#include "apps/cli/commands.h"
#include "apps/cli/completion_script.h"
#include "apps/terminal/console.h"

namespace kani::cli {

void AddCompletion(CLI::App& app, terminal::Action& run) {
  auto shell = std::make_shared<std::string>();
  CLI::App* completion = app.add_subcommand("completion", "Completion script for a shell");
  completion->add_option("SHELL", *shell, "bash, zsh or fish")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->required();
  completion->footer(
      "Example: kani completion bash > ~/.local/share/bash-completion/completions/kani");
  completion->callback([shell, &app, &run] {
    run = [shell, &app] {
      terminal::Print(CompletionScript(app, *shell));
      return 0;
    };
  });
}

}  // namespace kani::cli
