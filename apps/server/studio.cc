#include "apps/server/studio.h"

#include <algorithm>
#include <string>

#include "apps/server/api_error.h"

namespace kani::server {
namespace {

struct FileType {
  std::string_view extension, content_type;
};
constexpr FileType kTypes[] = {
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".wasm", "application/wasm"},
};

std::string_view TypeOf(std::string_view name) {
  for (const auto& [extension, type] : kTypes) {
    if (name.ends_with(extension)) return type;
  }
  return "application/octet-stream";
}

const EmbeddedFile& Find(std::span<const EmbeddedFile> files, std::string_view name) {
  const auto found = std::ranges::find(files, name, &EmbeddedFile::name);
  if (found != files.end()) return *found;
  throw ApiError(404, "unknown_url", StrCat("the studio has no file ", Quoted(name)));
}

}  // namespace

Response FileResponse(const EmbeddedFile& file, const Request& request) {
  const std::string tag = StrCat('"', file.hash, '"');
  Response response{.content_type = std::string(TypeOf(file.name))};
  response.headers.Add("ETag", tag);
  response.headers.Add("Cache-Control", "no-cache");
  if (request.headers.Find("If-None-Match").value_or("") == tag) {
    response.status = 304;
  } else {
    response.body = std::string(file.bytes);
  }
  return response;
}

void AddStudioRoutes(Router& router, std::span<const EmbeddedFile> files) {
  router.Add("GET", "/", [files](const Request& request, const PathParts&) {
    return FileResponse(Find(files, "index.html"), request);
  });
  router.Add("GET", "/studio/{rest...}", [files](const Request& request, const PathParts& parts) {
    return FileResponse(Find(files, parts[0]), request);
  });
}

}  // namespace kani::server
