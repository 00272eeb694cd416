// Speech over a WebSocket: text comes in pieces, audio leaves sentence by sentence, several
// requests at once. Messages: docs/server.md.
#pragma once

#include "apps/server/application.h"
#include "apps/server/speech.h"

namespace kani::server {

struct SocketRules {
  SpeechRules speech;
  /// Of PCM where a request names none; 0 = the model's.
  int default_rate_hz = 0;
  size_t requests = 8;  ///< side by side on one socket
};

/// Until the client closes it, then cancels what is under way; a server that shuts down finishes
/// what was begun. Never throws.
void ServeSpeechSocket(SpeechDesk& desk, const SocketRules& rules, const Request& request,
                       WebSocket& socket);

}  // namespace kani::server
