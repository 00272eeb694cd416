// One Wyoming conversation, without sockets.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "apps/server/fed_speech.h"
#include "apps/server/speech.h"
#include "apps/server/wyoming_event.h"

namespace kani::server {

/// Answers the events of one client; speaks on a thread of its own meanwhile. Obey and Leave from
/// one thread.
class WyomingSession {
 public:
  /// @param send takes whole events, from any thread; throws Error when nobody reads
  WyomingSession(SpeechDesk& desk, size_t max_characters,
                 std::function<void(const WyomingEvent&)> send)
      : desk_(desk), max_characters_(max_characters), send_(std::move(send)) {}
  /// Waits for what is under way.
  ~WyomingSession() { Finish(); }
  WyomingSession(const WyomingSession&) = delete;
  WyomingSession& operator=(const WyomingSession&) = delete;

  /// Throws what `send` throws.
  void Obey(const WyomingEvent& event);
  /// The client is gone: cancels what is under way.
  void Leave(Interruption why);

 private:
  void Begin(const nlohmann::json& data, bool streams);
  void Finish();
  void Run(SpeechCall call, bool streams);
  void SendInfo();

  SpeechDesk& desk_;
  const size_t max_characters_;
  const std::function<void(const WyomingEvent&)> send_;
  bool streaming_ = false;  // between synthesize-start and -stop
  std::unique_ptr<TextFeed> feed_;
  std::shared_ptr<Interrupter> interrupter_;
  std::thread thread_;
};

}  // namespace kani::server
