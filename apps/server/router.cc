#include "apps/server/router.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "apps/server/api_error.h"

namespace kani::server {
namespace {

constexpr std::string_view kRest = "{rest...}";

std::vector<std::string> Split(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const size_t end = std::min(path.find('/'), path.size());
    parts.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return parts;
}

std::optional<PathParts> Match(const std::vector<std::string>& pattern,
                               const std::vector<std::string>& path) {
  PathParts found;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == kRest) {
      std::string rest;
      for (size_t j = i; j < path.size(); ++j) rest += (j == i ? "" : "/") + path[j];
      found.push_back(std::move(rest));
      return found;
    }
    if (i >= path.size()) return {};
    if (pattern[i].starts_with('{')) {
      found.push_back(path[i]);
    } else if (pattern[i] != path[i]) {
      return {};
    }
  }
  if (pattern.size() != path.size()) return {};
  return found;
}

std::string Pattern(const std::vector<std::string>& parts) {
  std::string pattern;
  for (const std::string& part : parts) pattern += "/" + part;
  return pattern;
}

}  // namespace

void Router::Add(std::string method, std::string_view pattern, Handler handler) {
  routes_.push_back({std::move(method), Split(pattern), std::move(handler)});
}

Response Router::Handle(const Request& request) const {
  try {
    if (!request.path.starts_with('/')) {
      throw ApiError(400, "invalid_path", "the path of a request begins with a slash");
    }
    const std::vector<std::string> path = Split(request.path);
    const std::string method = request.method == "HEAD" ? "GET" : request.method;
    std::string allowed;
    for (const Route& route : routes_) {
      const auto parts = Match(route.parts, path);
      if (!parts) continue;
      if (route.method == method) return route.handler(request, *parts);
      allowed += (allowed.empty() ? "" : ", ") + route.method;
    }
    if (allowed.empty()) {
      throw ApiError(404, "unknown_url", StrCat("there is nothing at ", Quoted(request.path)));
    }
    Response response = ErrorResponse(ApiError(
        405, "method_not_allowed",
        StrCat(Quoted(request.path), " takes ", allowed, ", not ", Quoted(request.method))));
    response.headers.Add("Allow", allowed);
    return response;
  } catch (...) {
    return ErrorResponse(CurrentError());
  }
}

std::string Router::RouteOf(std::string_view path) const {
  if (path.starts_with('/')) {
    const std::vector<std::string> parts = Split(path);
    for (const Route& route : routes_) {
      if (Match(route.parts, parts)) return Pattern(route.parts);
    }
  }
  return "other";
}

std::vector<std::string> Router::Routes() const {
  std::vector<std::string> routes;
  for (const Route& route : routes_) routes.push_back(route.method + " " + Pattern(route.parts));
  return routes;
}

}  // namespace kani::server
