// HTTP as the handlers see it: plain structs, without sockets.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/server/interrupter.h"

namespace kani::server {

/// Names of headers are compared without case.
class Headers {
 public:
  void Add(std::string name, std::string value) {
    all_.emplace_back(std::move(name), std::move(value));
  }
  /// The first of this name; nothing if there is none.
  std::optional<std::string_view> Find(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return all_; }

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};

struct Request {
  std::string method;  ///< upper case
  std::string target;  ///< as it came: path and query
  std::string path;    ///< of it, percent signs decoded
  Headers headers;
  std::string body;
  std::string id;  ///< of this request, for its answer and for logs
  std::shared_ptr<Interrupter> interrupter = std::make_shared<Interrupter>();
};

/// The body of an answer on its way, with back-pressure.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  /// Waits while too much was not sent yet. Throws kCancelled when nobody reads any more.
  virtual void Write(std::string_view bytes) = 0;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  Headers headers;
  std::string body;
  /// If set, makes the body instead, after the head was sent. Throwing ends the connection, so that
  /// the client sees that something is missing.
  std::function<void(BodyWriter&)> stream;
  std::string error_code;  ///< of an error, for counting
};

/// "%20" and the like decoded; nothing for a percent sign without two hexadecimal digits, or a NUL.
std::optional<std::string> PercentDecoded(std::string_view text);
/// The other way: fit for a part of a path or for a query.
std::string PercentEncoded(std::string_view text);
/// The value of a name in the query of a target, decoded; nothing where it is not there.
std::optional<std::string> QueryValue(const Request& request, std::string_view name);
/// Whether two strings are equal but for the case of ASCII letters.
bool EqualNoCase(std::string_view a, std::string_view b);
/// Without blanks at both ends.
std::string_view Trimmed(std::string_view text);

}  // namespace kani::server
