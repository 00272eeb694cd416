#include "apps/server/http_head.h"

#include <algorithm>
#include <cstdio>

namespace kani::server {
namespace {

struct Status {
  int code;
  std::string_view text;
};
constexpr Status kStatuses[] = {
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {421, "Misdirected Request"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {499, "Client Closed Request"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
};

bool IsSafe(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; });
}

}  // namespace

std::string_view StatusText(int status) {
  const auto found = std::ranges::find(kStatuses, status, &Status::code);
  return found == std::end(kStatuses) ? "Unknown" : found->text;
}

std::string HeadBytes(const Response& response, Framing framing, bool keep_alive) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head += StatusText(response.status);
  head += "\r\n";
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!IsSafe(name) || !IsSafe(value)) return;
    head += name;
    head += ": ";
    head += value;
    head += "\r\n";
  };
  if (!response.content_type.empty()) add("Content-Type", response.content_type);
  const bool has_body = response.status >= 200 && response.status != 204 && response.status != 304;
  if (framing == Framing::kLength && has_body) {
    add("Content-Length", std::to_string(response.body.size()));
  }
  if (framing == Framing::kChunks) add("Transfer-Encoding", "chunked");
  add("Connection", keep_alive ? "keep-alive" : "close");
  for (const auto& [name, value] : response.headers.all()) add(name, value);
  head += "\r\n";
  return head;
}

std::string Chunk(std::string_view bytes) {
  if (bytes.empty()) return {};  // would be the last one
  char size[24];
  const int length = std::snprintf(size, sizeof(size), "%zx\r\n", bytes.size());
  std::string chunk(size, static_cast<size_t>(length));
  chunk += bytes;
  chunk += "\r\n";
  return chunk;
}

}  // namespace kani::server
