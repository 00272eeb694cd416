// Where warnings go. The library never prints: whoever embeds it gives a sink.
#pragma once

#include <functional>
#include <string_view>

namespace kani {

/// Receives one line without a line break. An empty sink drops it.
using WarningSink = std::function<void(std::string_view line)>;

inline void Warn(const WarningSink& sink, std::string_view line) {
  if (sink) sink(line);
}

}  // namespace kani
