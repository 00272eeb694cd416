#include "apps/dev/verify/verify.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "apps/dev/verify/parity_case.h"
#include "apps/terminal/console.h"
#include "apps/terminal/interrupt.h"
#include "base/error.h"

namespace kani::dev {
namespace {

/// Manifests below `folder`, and reports of full-size runs, sorted.
std::vector<std::filesystem::path> FindCases(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder)) {
    Fail(ErrorCode::kNotFound, Quoted(folder.string()), ": expected a folder of parity cases");
  }
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::filesystem::path& path = entry.path();
    const bool report =
        path.filename() == "report.json" && path.parent_path().filename() == "expected";
    if (path.filename() == "manifest.json" || report) found.push_back(path);
  }
  std::sort(found.begin(), found.end());
  return found;
}

void Run(ParityCase& parity, const VerifySettings& settings) {
  const std::string& name = parity.name();
  if (!parity.manifest().contains("case")) {
    VerifyFullSize(parity, settings);
  } else if (name.starts_with("lm/")) {
    VerifyLanguageModel(parity, settings);
  } else if (name == "codec/fsq") {
    VerifyQuantiser(parity);
  } else if (name.starts_with("codec/")) {
    VerifyCodec(parity, settings);
  } else if (name.starts_with("speaker/")) {
    VerifySpeaker(parity, settings);
  } else if (name == "resample") {
    VerifyResampler(parity);
  } else if (name == "sampler") {
    VerifySampler(parity);
  } else if (name == "tokenizer") {
    VerifyTokenizer(parity);
  } else if (name == "end_to_end") {
    VerifyEndToEnd(parity, settings);
  } else {
    parity.Fail("case", "no such kind of case: nothing reads it");
  }
}

/// Turns whatever stops a case into a failed outcome of it, so that the others still run.
void RunGuarded(ParityCase& parity, const VerifySettings& settings) {
  try {
    Run(parity, settings);
    parity.Finish();
  } catch (const std::exception& error) {
    parity.Fail("case", error.what());
  }
}

void Print(const ParityCase& parity) {
  std::printf("%s\n", parity.name().c_str());
  for (const auto& [name, outcome] : parity.outcomes()) {
    std::printf("  %-14s %-50s %s%s%s\n", outcome.status.c_str(), name.c_str(),
                outcome.found.c_str(), outcome.allowed.empty() ? "" : "  allowed ",
                outcome.allowed.c_str());
  }
}

nlohmann::json ToJson(const ParityCase& parity) {
  nlohmann::json outputs = nlohmann::json::array();
  for (const auto& [name, outcome] : parity.outcomes()) {
    outputs.push_back({{"name", name},
                       {"status", outcome.status},
                       {"found", outcome.found},
                       {"allowed", outcome.allowed}});
  }
  return {{"case", parity.name()}, {"passed", !parity.failed()}, {"outputs", outputs}};
}

}  // namespace

bool Verify(const VerifyOptions& options) {
  nlohmann::json report = nlohmann::json::array();
  int cases = 0, failed = 0, outputs = 0, misses = 0;
  for (const std::filesystem::path& folder : options.folders) {
    for (const std::filesystem::path& manifest : FindCases(folder)) {
      ParityCase parity(manifest);
      RunGuarded(parity, options.settings);
      if (options.write_folder) {
        const terminal::OutputInProgress writing;
        parity.Write(*options.write_folder);
      }
      ++cases;
      failed += parity.failed();
      outputs += static_cast<int>(parity.outcomes().size());
      misses += static_cast<int>(std::count_if(parity.outcomes().begin(), parity.outcomes().end(),
                                               [](auto& entry) { return entry.second.failed; }));
      if (options.json) {
        report.push_back(ToJson(parity));
      } else {
        Print(parity);
      }
    }
  }
  if (options.json) {
    std::printf("%s\n", report.dump(1).c_str());
  } else {
    std::printf("%d cases, %d failed; %d outputs, %d missed\n", cases, failed, outputs, misses);
  }
  if (cases == 0) {
    terminal::PrintError(
        "no parity case: expected a manifest.json as in tests/golden, or expected/report.json");
  }
  return cases > 0 && failed == 0;
}

}  // namespace kani::dev
