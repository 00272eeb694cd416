// What a client of the server may send, as parsers of foreign bytes.
#pragma once

#include <cstddef>
#include <span>

#include "apps/server/api_error.h"
#include "apps/server/multipart.h"
#include "apps/server/speech_request.h"
#include "apps/server/websocket_message.h"
#include "apps/server/wyoming_event.h"
#include "tests/hostile/hostile_bytes.h"

namespace kani {

/// Runs a parser that refuses by server::ApiError: 4xx, never a bug of ours.
template <typename Parse>
void RefusingByStatus(Parse parse) {
  try {
    parse();
  } catch (const server::ApiError& error) {
    const bool theirs = error.status() >= 400 && error.status() < 500;
    Fail(theirs ? ErrorCode::kInvalidFile : ErrorCode::kInternal, error.what());
  }
}

inline void ParseSpeechRequestBytes(std::span<const std::byte> bytes) {
  RefusingByStatus([&] { server::ParseSpeechBody(AsText(bytes), {}); });
}
inline void ParseSocketCommandBytes(std::span<const std::byte> bytes) {
  RefusingByStatus([&] { server::ParseSocketCommand(AsText(bytes)); });
}
/// Of the boundary "b". A part never lies outside of the body.
inline void ParseUploadFormBytes(std::span<const std::byte> bytes) {
  const std::string_view body = AsText(bytes);
  for (const server::FormPart& part : server::ParseForm(body, "b")) {
    const bool inside = part.bytes.data() >= body.data() &&
                        part.bytes.data() + part.bytes.size() <= body.data() + body.size();
    if (!inside) Fail(ErrorCode::kInternal, "a part outside of its form");
  }
}
/// Every event; a stream that ends inside one is refused.
inline void ParseWyomingBytes(std::span<const std::byte> bytes) {
  server::WyomingReader reader;
  reader.Append(AsText(bytes));
  size_t read = 0;
  for (; const auto event = reader.Next(); ++read) server::WyomingBytes(*event);
  if (read == 0) Fail(ErrorCode::kInvalidFile, "no whole event");
}

}  // namespace kani
