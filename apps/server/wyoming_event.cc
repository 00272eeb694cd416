#include "apps/server/wyoming_event.h"

#include "apps/server/api_error.h"
#include "base/error.h"
#include "formats/json.h"

namespace kani::server {
namespace {

constexpr char kSource[] = "the event";

size_t LengthOf(const formats::JsonReader& header, const char* name) {
  return static_cast<size_t>(header.OptionalInt(name, 0, WyomingReader::kMaxDataBytes).value_or(0));
}

}  // namespace

std::optional<WyomingEvent> WyomingReader::Next() {
  const size_t end = bytes_.find('\n');
  if (end == std::string::npos) {
    if (bytes_.size() > kMaxHeaderBytes) {
      Fail(ErrorCode::kResourceExhausted, kSource, ": more than ", kMaxHeaderBytes,
           " bytes without a line break");
    }
    return {};
  }
  if (end > kMaxHeaderBytes) {
    Fail(ErrorCode::kResourceExhausted, kSource, ": a header of ", end, " bytes");
  }
  const nlohmann::json object =
      formats::ParseJson(std::string_view(bytes_).substr(0, end), kSource);
  const formats::JsonReader header(object, kSource);
  const size_t data_bytes = LengthOf(header, "data_length");
  const size_t payload_bytes = LengthOf(header, "payload_length");
  if (bytes_.size() < end + 1 + data_bytes + payload_bytes) return {};

  WyomingEvent event{.type = header.String("type")};
  if (header.Has("data")) event.data = header.Object("data");
  if (data_bytes > 0) {
    const auto data =
        formats::ParseJson(std::string_view(bytes_).substr(end + 1, data_bytes), kSource);
    if (!data.is_object()) Fail(ErrorCode::kInvalidFile, kSource, ": data that is no object");
    event.data.update(data);
  }
  event.payload = bytes_.substr(end + 1 + data_bytes, payload_bytes);
  bytes_.erase(0, end + 1 + data_bytes + payload_bytes);
  return event;
}

std::string WyomingBytes(const WyomingEvent& event) {
  nlohmann::json header{{"type", event.type}, {"data", event.data}};
  if (!event.payload.empty()) header["payload_length"] = event.payload.size();
  return Dump(header) + "\n" + event.payload;
}

}  // namespace kani::server
