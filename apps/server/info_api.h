// What a server says of itself: its models, whether it is well, its measurements, its description.
#pragma once

#include <atomic>
#include <functional>

#include "apps/server/router.h"
#include "apps/server/speech.h"

namespace kani::server {

struct ServerState {
  std::atomic<bool> ready{false};  ///< the default model was loaded
  std::atomic<bool> stopping{false};
  std::function<int64_t()> connections = [] { return int64_t{0}; };
};

/// `desk` and `state` outlive the router.
void AddInfoRoutes(Router& router, SpeechDesk& desk, const SpeechRules& rules,
                   const ServerState& state);

}  // namespace kani::server
