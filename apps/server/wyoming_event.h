// Events of the Wyoming protocol (Home Assistant): a line of JSON, then data, then a payload.
// Source: github.com/OHF-Voice/wyoming, README.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace kani::server {

struct WyomingEvent {
  std::string type;
  nlohmann::json data = nlohmann::json::object();
  std::string payload = {};
};

/// Takes a stream of bytes apart.
class WyomingReader {
 public:
  static constexpr size_t kMaxHeaderBytes = 64 << 10, kMaxDataBytes = 1 << 20;

  void Append(std::string_view bytes) { bytes_ += bytes; }
  /// The next event, if it is whole. Throws Error{kInvalidFile} for what is none, and
  /// kResourceExhausted for one that is too long: nothing after it can be read.
  std::optional<WyomingEvent> Next();

 private:
  std::string bytes_;
};

std::string WyomingBytes(const WyomingEvent& event);

}  // namespace kani::server
