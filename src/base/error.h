// The one exception type of the library, and the codes it carries.
#pragma once

#include <exception>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

namespace kani {

/// What kind of thing went wrong. The CLI maps each to a documented exit code.
enum class ErrorCode {
  kInvalidArgument,    ///< A value the caller gave is out of its documented range.
  kNotFound,           ///< A file, model, voice or language that was named does not exist.
  kInvalidFile,        ///< A file exists but its bytes are not what its format demands.
  kUnsupported,        ///< Well formed, but a feature this build or version does not have.
  kIo,                 ///< The operating system refused to read or write.
  kResourceExhausted,  ///< A documented limit on size, memory or time was hit.
  kNetwork,            ///< The network, or a server on it, failed or refused.
  kCancelled,          ///< The caller asked to stop.
  kInternal,           ///< A broken invariant of ours; always a bug.
};

/// Stable lower-case name of a code, for messages and JSON ("invalid_file").
std::string_view ErrorCodeName(ErrorCode code);

/// Raised for everything that depends on the outside world. `what()` is one line: what failed,
/// where, expected, found.
class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}
  ErrorCode code() const { return code_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  ErrorCode code_;
  std::string message_;
};

/// Concatenates anything that streams.
template <typename... Parts>
std::string StrCat(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return std::move(out).str();
}

/// Throws Error{code, StrCat(parts...)}.
template <typename... Parts>
[[noreturn]] void Fail(ErrorCode code, const Parts&... parts) {
  throw Error(code, StrCat(parts...));
}

/// A path, name or other foreign text made safe to print on one line: control bytes become \xNN and
/// long text is cut.
std::string Quoted(std::string_view text);

}  // namespace kani

/// Programmer mistakes only, never data a user can influence. Compiled out of release builds.
#ifdef NDEBUG
#define KANI_DCHECK(condition) ((void)0)
#else
#define KANI_DCHECK(condition) \
  ((condition)                 \
       ? (void)0               \
       : ::kani::Fail(::kani::ErrorCode::kInternal, __FILE__, ":", __LINE__, ": ", #condition))
#endif
