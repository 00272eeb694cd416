// The program: parses the command line, runs one subcommand, and turns every failure into one line
// on stderr and an exit code.
#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <filesystem>
#include <new>
#include <string>

#include "base/error.h"
#include "commands.h"
#include "console.h"
#include "exit_codes.h"
#include "interrupt.h"

namespace {

std::string Footer() {
  std::string text = "Example: kani speak \"Any sentence.\" -o out.wav\n\nExit codes:\n";
  for (const auto& [code, meaning] : kani::cli::kExitCodes) {
    text += kani::StrCat("  ", code, "  ", meaning, "\n");
  }
  return text;
}

int Run(int argc, char** argv) {
  CLI::App app("Text to speech with cloned voices, on this machine.", "kani");
  kani::cli::Action run;
  kani::cli::AddSpeak(app, run);
  kani::cli::AddClone(app, run);
  kani::cli::AddVoices(app, run);
  kani::cli::AddCodec(app, run);
  kani::cli::AddTokenize(app, run);
  kani::cli::AddInspect(app, run);
  kani::cli::AddVerify(app, run);
  kani::cli::AddBench(app, run);
  kani::cli::AddCompletion(app, run);
  app.set_version_flag("--version", std::string("kani ") + KANI_VERSION);
  app.require_subcommand(1);
  app.footer(Footer());
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& request) {  // --help, --version
    return app.exit(request);
  } catch (const CLI::ParseError& error) {
    kani::cli::PrintError(kani::StrCat(error.what(), " (see --help)"));
    return kani::cli::kExitUsage;
  }
  return run();
}

}  // namespace

int main(int argc, char** argv) {
  kani::cli::CatchInterrupts();
  // A closed pipe and a full file come back as errors of write().
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    const int code = Run(argc, argv);
    kani::cli::FlushStdout();
    return code;
  } catch (const kani::Error& error) {
    kani::cli::PrintError(error.what());
    return kani::cli::ExitCodeOf(error.code());
  } catch (const std::bad_alloc&) {
    kani::cli::PrintError("out of memory");
    return kani::cli::kExitResource;
  } catch (const std::filesystem::filesystem_error& error) {
    kani::cli::PrintError(error.what());
    return kani::cli::kExitIo;
  } catch (const std::exception& error) {
    kani::cli::PrintError(kani::StrCat("internal: ", error.what()));
    return kani::cli::kExitOther;
  }
}
