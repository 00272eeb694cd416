// Options that say how a text is to be read.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "engine/speech.h"

namespace kani::cli {

struct ReadingOptions {
  std::string language = "auto";
  bool raw = false;
  bool plain = false;
  bool ssml = false;
  bool short_addresses = false;
  std::string emoji = "drop";
};

void AddReadingOptions(CLI::App& app, ReadingOptions& options);

/// Sets what of a request the options decide.
void Apply(const ReadingOptions& options, engine::SpeechRequest& request);

}  // namespace kani::cli
