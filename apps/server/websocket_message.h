// What clients say on a WebSocket for speech.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace kani::server {

struct SocketCommand {
  enum class Kind {
    kStart,     ///< opens a request: fields of a speech request without input
    kText,      ///< more text for it
    kFlush,     ///< speak what is there, whole sentence or not
    kEnd,       ///< no more text comes
    kCancel,    ///< of this request, or of all if it names none
    kGenerate,  ///< a whole request at once, as the original's users know it
  };
  Kind kind = Kind::kText;
  std::string request_id;  ///< "" = the one without a name
  std::string text;        ///< of kText
  nlohmann::json fields;   ///< of kStart and kGenerate: a speech request
};

/// Throws ApiError (400).
SocketCommand ParseSocketCommand(std::string_view message);

}  // namespace kani::server
