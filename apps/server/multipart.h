// multipart/form-data (RFC 7578), as browsers and HTTP clients send forms with files.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kani::server {

struct FormPart {
  std::string name;
  std::optional<std::string> file_name;  ///< only of files
  std::string content_type;              ///< "" where it says none
  std::string_view bytes;                ///< of the body that was parsed
};

/// The boundary of a Content-Type; nothing if that is not multipart/form-data.
std::optional<std::string> FormBoundary(std::string_view content_type);

/// At most 64 parts, each with at most 8 KiB of headers. Throws Error{kInvalidFile} for what is no
/// such form, or is cut short.
std::vector<FormPart> ParseForm(std::string_view body, std::string_view boundary);

/// A parameter of a header such as Content-Disposition: `name` of `form-data; name="x"`.
std::optional<std::string> HeaderParameter(std::string_view header, std::string_view name);

}  // namespace kani::server
