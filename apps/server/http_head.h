// The head of an answer as bytes, and the framing of a body whose length nobody knows.
#pragma once

#include <string>
#include <string_view>

#include "apps/server/message.h"

namespace kani::server {

enum class Framing {
  kLength,  ///< the body is there
  kChunks,  ///< HTTP/1.1: Chunk() of each part, then kLastChunk
  kClose,   ///< HTTP/1.0: ends with the connection
};

std::string_view StatusText(int status);
/// Status line and headers with the blank line. A header that could break out of its line is left
/// out.
std::string HeadBytes(const Response& response, Framing framing, bool keep_alive);
std::string Chunk(std::string_view bytes);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace kani::server
