// Which handler answers a request, and what becomes of what it throws.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/server/message.h"

namespace kani::server {

/// What of the path the braces of a pattern stood for, in their order.
using PathParts = std::vector<std::string>;
using Handler = std::function<Response(const Request&, const PathParts&)>;

class Router {
 public:
  /// @param pattern such as "/v1/audio/voices/{id}"; "{rest...}" at the end takes any number of
  /// parts.
  void Add(std::string method, std::string_view pattern, Handler handler);
  /// Never throws: an error becomes an answer in OpenAI's shape, 404 for an unknown path, 405 with
  /// Allow for another method. HEAD is GET without its body.
  Response Handle(const Request& request) const;
  /// The pattern that a path fits, "other" if there is none.
  std::string RouteOf(std::string_view path) const;
  /// "GET /v1/models" and so on, in the order they were added.
  std::vector<std::string> Routes() const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> parts;
    Handler handler;
  };
  std::vector<Route> routes_;
};

}  // namespace kani::server
