// Errors as OpenAI's clients read them: {"error": {"message", "type", "param", "code"}}.
#pragma once

#include <exception>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>

#include "apps/server/message.h"
#include "base/error.h"

namespace kani::server {

/// What a handler throws where a kani::Error would not say enough.
class ApiError : public std::exception {
 public:
  /// @param code a stable word such as "voice_not_found"; "" for null
  /// @param param the field that is wrong; "" for null
  ApiError(int status, std::string code, std::string message, std::string param = "")
      : status_(status),
        code_(std::move(code)),
        param_(std::move(param)),
        message_(std::move(message)) {}
  int status() const { return status_; }
  const std::string& code() const { return code_; }
  const std::string& param() const { return param_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  int status_;
  std::string code_, param_, message_;
};

/// What status a failure of ours is.
int StatusOf(ErrorCode code);
/// The exception under way, whatever it is. REQUIRES to be called in a catch block. What is a bug
/// of ours is not told to the client.
ApiError CurrentError();
/// The value of "error".
nlohmann::json ErrorBody(const ApiError& error);
/// With Retry-After for 429 and 503.
Response ErrorResponse(const ApiError& error);
Response JsonResponse(const nlohmann::json& body, int status = 200);
/// JSON on one line; what is not UTF-8 is replaced.
std::string Dump(const nlohmann::json& value);

}  // namespace kani::server
