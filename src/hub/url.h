// An http or https address, by libcurl's own parser, so that what is checked is what is asked.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace kani::hub {

/// Never holds another scheme, and no user or password.
class Url {
 public:
  /// Throws HubError kHostile; `whose` begins the message.
  static Url Parse(const std::string& text, std::string_view whose);
  /// What a `Location` that this address answers with stands for, relative or absolute. Throws
  /// kHostile also for one that leaves https.
  Url Redirected(const std::string& location) const;

  std::string Full() const;
  /// Without query and fragment, which may be a signature: for messages.
  std::string Shown() const;
  std::string Host() const;
  /// "https://host:443": what a token belongs to.
  std::string Origin() const;
  bool IsHttps() const;
  /// This machine: localhost, 127.0.0.0/8, ::1.
  bool IsLoopback() const;

 private:
  struct Handle;
  explicit Url(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {}
  std::shared_ptr<const Handle> handle_;
};

/// Every byte but letters, digits and "-._~" as %XX.
std::string PercentEncoded(std::string_view text);

}  // namespace kani::hub
