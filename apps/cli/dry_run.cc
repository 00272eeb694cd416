#include "apps/cli/dry_run.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string_view>

#include "apps/terminal/console.h"
#include "apps/terminal/interrupt.h"
#include "base/error.h"
#include "engine/plan.h"

namespace kani::cli {
namespace {

double Seconds(int64_t ms) { return static_cast<double>(ms) / 1000; }

nlohmann::json ScriptReport(const text::Script& script) {
  double seconds = Seconds(script.pause_before_ms);
  for (const text::ScriptPiece& piece : script.pieces) {
    seconds += piece.expected_seconds + Seconds(piece.pause_after_ms);
  }
  return {{"language", script.language},
          {"expected_seconds", seconds},
          {"pieces", PiecesReport(script.pieces)}};
}

std::string OnOneLine(const text::Script& script) {
  std::string line;
  for (const text::ScriptPiece& piece : script.pieces) {
    if (!line.empty()) line += ' ';
    line += piece.text;
  }
  return terminal::OneLine(line);
}

void PrintJsonLine(const nlohmann::json& report) {
  terminal::Print(report.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void PrintTable(const text::Script& script) {
  for (const text::ScriptPiece& piece : script.pieces) {
    char figures[64];
    std::snprintf(figures, sizeof(figures), "%.1f\t%.2f", piece.expected_seconds,
                  Seconds(piece.pause_after_ms));
    terminal::Print((piece.language.empty() ? piece.base_language : piece.language) + "\t" +
                    figures + "\t" + terminal::OneLine(piece.text) + "\n");
  }
}

text::Script ScriptOfLine(const engine::SpeechRequest& line,
                          std::span<const std::string> language_tags, size_t number) {
  try {
    return engine::MakeScript(line, language_tags);
  } catch (const Error& error) {
    Fail(error.code(), "line ", number, ": ", error.what());
  }
}

}  // namespace

nlohmann::json PiecesReport(std::span<const text::ScriptPiece> pieces) {
  nlohmann::json report = nlohmann::json::array();
  for (const text::ScriptPiece& piece : pieces) {
    nlohmann::json& item =
        report.emplace_back(nlohmann::json{{"text", piece.text},
                                           {"language", piece.language},
                                           {"pause_after_seconds", Seconds(piece.pause_after_ms)},
                                           {"expected_seconds", piece.expected_seconds}});
    if (piece.gain != 1) item["gain"] = piece.gain;
    if (!piece.voice.empty()) item["voice"] = piece.voice;
  }
  return report;
}

void PrintScript(const engine::SpeechRequest& request, std::span<const std::string> language_tags,
                 bool as_json) {
  const text::Script script = engine::MakeScript(request, language_tags, terminal::PrintWarnings());
  if (as_json) {
    terminal::PrintJson(ScriptReport(script));
  } else {
    PrintTable(script);
  }
}

void PrintLines(const engine::SpeechRequest& request, std::span<const std::string> language_tags,
                bool as_json) {
  engine::SpeechRequest of_line = request;
  std::string_view rest = request.text;
  for (size_t number = 1; !rest.empty(); ++number) {
    terminal::ThrowIfInterrupted();
    const size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    of_line.text = std::string(line);
    const text::Script script = ScriptOfLine(of_line, language_tags, number);
    if (as_json) {
      PrintJsonLine(ScriptReport(script));
    } else {
      terminal::Print(OnOneLine(script) + "\n");
    }
  }
}

}  // namespace kani::cli
