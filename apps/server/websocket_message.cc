#include "apps/server/websocket_message.h"

#include <utility>

#include "apps/server/api_error.h"
#include "apps/server/speech_request.h"

namespace kani::server {
namespace {

using Kind = SocketCommand::Kind;
constexpr std::pair<std::string_view, Kind> kKinds[] = {
    {"start", Kind::kStart}, {"text", Kind::kText},     {"flush", Kind::kFlush},
    {"end", Kind::kEnd},     {"cancel", Kind::kCancel}, {"generate", Kind::kGenerate},
};
constexpr size_t kMaxRequestId = 128;

std::string StringOf(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return "";
  if (found->is_string()) return found->get<std::string>();
  throw ApiError(400, "invalid_value", StrCat(name, ": expected a string"), name);
}

}  // namespace

SocketCommand ParseSocketCommand(std::string_view message) {
  nlohmann::json object = ParseObject(message);
  SocketCommand command;
  const std::string type = StringOf(object, "type");
  bool known = false;
  for (const auto& [name, kind] : kKinds) {
    if (type != name) continue;
    command.kind = kind;
    known = true;
  }
  if (!known) {
    throw ApiError(
        400, "unknown_type",
        StrCat("type: expected start, text, flush, end, cancel or generate, found ", Quoted(type)),
        "type");
  }
  command.request_id = StringOf(object, "request_id");
  if (command.request_id.size() > kMaxRequestId) {
    throw ApiError(400, "invalid_value",
                   StrCat("request_id: expected at most ", kMaxRequestId, " bytes"), "request_id");
  }
  if (command.kind == Kind::kText) command.text = StringOf(object, "text");
  if (command.kind == Kind::kStart || command.kind == Kind::kGenerate) {
    // A request that is opened has no text yet; the fields are checked with one.
    if (command.kind == Kind::kStart) object["input"] = "text";
    command.fields = std::move(object);
  }
  return command;
}

}  // namespace kani::server
