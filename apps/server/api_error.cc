#include "apps/server/api_error.h"

#include <new>
#include <nlohmann/json.hpp>

namespace kani::server {
namespace {

constexpr char kRetryAfterSeconds[] = "2";

std::string_view TypeOf(int status) {
  if (status == 401) return "authentication_error";
  if (status == 403) return "permission_error";
  if (status == 429) return "rate_limit_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}

nlohmann::json NullIfEmpty(const std::string& text) {
  return text.empty() ? nlohmann::json() : nlohmann::json(text);
}

}  // namespace

int StatusOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kInvalidFile:
    case ErrorCode::kUnsupported:
      return 400;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kResourceExhausted:
      return 413;
    case ErrorCode::kCancelled:
      return 503;
    case ErrorCode::kIo:
    case ErrorCode::kNetwork:
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

ApiError CurrentError() {
  try {
    throw;
  } catch (const ApiError& error) {
    return error;
  } catch (const Error& error) {
    const int status = StatusOf(error.code());
    if (error.code() == ErrorCode::kInternal) return {500, "internal", "a bug of this server"};
    return {status, std::string(ErrorCodeName(error.code())), error.what()};
  } catch (const std::bad_alloc&) {
    return {503, "resource_exhausted", "this server is out of memory"};
  } catch (...) {
    return {500, "internal", "a bug of this server"};
  }
}

nlohmann::json ErrorBody(const ApiError& error) {
  return {{"message", error.what()},
          {"type", TypeOf(error.status())},
          {"param", NullIfEmpty(error.param())},
          {"code", NullIfEmpty(error.code())}};
}

Response ErrorResponse(const ApiError& error) {
  Response response = JsonResponse({{"error", ErrorBody(error)}}, error.status());
  if (error.status() == 429 || error.status() == 503) {
    response.headers.Add("Retry-After", kRetryAfterSeconds);
  }
  response.error_code = error.code();
  if (error.status() == 401) response.headers.Add("WWW-Authenticate", "Bearer");
  return response;
}

Response JsonResponse(const nlohmann::json& body, int status) {
  return {.status = status, .body = Dump(body)};
}

std::string Dump(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace kani::server
