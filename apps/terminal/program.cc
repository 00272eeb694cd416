#include "apps/terminal/program.h"

#include <csignal>
#include <exception>
#include <new>
#include <system_error>
#include <vector>

#include "apps/terminal/console.h"
#include "apps/terminal/exit_codes.h"
#include "apps/terminal/interrupt.h"
#include "apps/terminal/program_name.h"
#include "base/system_error.h"

namespace kani::terminal {

namespace {

/// What the parser says, or what the user probably did instead.
std::string UsageProblem(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<std::string> rest = app.remaining(/*recurse=*/true);
  const bool word = !rest.empty() && !rest.front().starts_with('-');
  if (app.get_subcommands().empty() && word) return StrCat("no command ", Quoted(rest.front()));
  if (word && dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    return StrCat("unexpected ", Quoted(rest.front()), ": several words of text need quotes");
  }
  return error.what();
}

int ParseAndRun(int argc, char** argv, CLI::App& app, const Action& run) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& request) {  // --help, --version
    return app.exit(request);
  } catch (const CLI::ParseError& error) {
    PrintError(StrCat(UsageProblem(app, error), " (see --help)"));
    return kExitUsage;
  }
  return run();
}

}  // namespace

std::string Footer(std::string_view example) {
  std::string text = StrCat("Example: ", example, "\n\nExit codes:\n");
  for (const auto& [code, meaning] : kExitCodes) text += StrCat("  ", code, "  ", meaning, "\n");
  return text;
}

int RunProgram(int argc, char** argv, CLI::App& app, const Action& run) {
  SetProgramName(app.get_name());
  CatchInterrupts();
  // A closed pipe and a full file come back as errors of write().
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    const int code = ParseAndRun(argc, argv, app, run);
    FlushStdout();
    return code;
  } catch (const Error& error) {
    PrintError(error.what());
    return ExitCodeOf(error.code());
  } catch (const std::bad_alloc&) {
    PrintError("out of memory");
    return kExitResource;
  } catch (const std::system_error& error) {  // files, and threads that do not start
    PrintError(error.what());
    const ErrorCode code = CodeOfSystemError(error.code().value());
    return code == ErrorCode::kResourceExhausted ? kExitResource : kExitIo;
  } catch (const std::exception& error) {
    PrintError(StrCat("internal: ", error.what()));
    return kExitOther;
  }
}

}  // namespace kani::terminal
