#include "apps/cli/completion_script.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "apps/cli/commands.h"
#include "base/error.h"

namespace kani::cli {
namespace {

class CompletionTest : public testing::Test {
 protected:
  CompletionTest() : app_("Test", "kani") {
    AddSpeak(app_, run_);
    AddVoices(app_, run_);
    AddPull(app_, run_);
    AddModels(app_, run_);
    AddCompletion(app_, run_);
  }
  CLI::App app_;
  terminal::Action run_;
};

TEST_F(CompletionTest, EveryOptionAndSubcommandIsInEveryScript) {
  const auto all = [](const CLI::App*) { return true; };
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = CompletionScript(app_, shell);
    for (const CLI::App* command : app_.get_subcommands(all)) {
      EXPECT_NE(script.find(command->get_name()), std::string::npos) << command->get_name();
      for (const CLI::Option* option : command->get_options()) {
        for (const std::string& name : option->get_lnames()) {
          EXPECT_NE(script.find(name), std::string::npos) << shell << " --" << name;
        }
      }
    }
    EXPECT_NE(script.find("export"), std::string::npos) << "nested subcommands";
  }
}

TEST_F(CompletionTest, BashCompletesCommandsOptionsAndNestedCommands) {
  const std::string path = testing::TempDir() + "kani_completion_test.bash";
  std::ofstream(path) << CompletionScript(app_, "bash") << R"bash(
complete_words() {
  COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=(); _kani
  echo "${COMPREPLY[*]}"
}
[ "$(complete_words kani sp)" = speak ] || exit 1
[ "$(complete_words kani speak --voi)" = --voice ] || exit 2
[ "$(complete_words kani voices ex)" = export ] || exit 3
[ "$(complete_words kani voices export --out)" = --output ] || exit 4
[ "$(complete_words kani models ver)" = verify ] || exit 5
[ "$(complete_words kani pull --dry)" = --dry-run ] || exit 6
)bash";
  EXPECT_EQ(std::system(("bash " + path).c_str()), 0);
  std::filesystem::remove(path);
}

TEST_F(CompletionTest, UnknownShellsAreRefused) {
  EXPECT_THROW(CompletionScript(app_, "csh"), Error);
}

}  // namespace
}  // namespace kani::cli
