#include "apps/server/multipart.h"

#include <algorithm>
#include <utility>

#include "apps/server/message.h"
#include "base/error.h"

namespace kani::server {
namespace {

constexpr size_t kMaxParts = 64, kMaxPartHeaders = 8 << 10, kMaxBoundary = 70;

[[noreturn]] void Refuse(std::string_view what) {
  Fail(ErrorCode::kInvalidFile, "the form: ", what);
}

/// Cuts a line off the front, without its end.
std::string_view TakeLine(std::string_view& text) {
  const size_t end = text.find("\r\n");
  if (end == std::string_view::npos) Refuse("cut short inside the headers of a part");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 2);
  return line;
}

/// The headers of a part, which `rest` begins with.
FormPart ParseHead(std::string_view& rest) {
  FormPart part;
  bool has_name = false;
  const size_t before = rest.size();
  for (std::string_view line = TakeLine(rest); !line.empty(); line = TakeLine(rest)) {
    if (before - rest.size() > kMaxPartHeaders) Refuse("a part has too many headers");
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) Refuse("a header of a part without a colon");
    const std::string_view name = line.substr(0, colon), value = Trimmed(line.substr(colon + 1));
    if (EqualNoCase(name, "Content-Type")) part.content_type = std::string(value);
    if (EqualNoCase(name, "Content-Disposition")) {
      if (auto field = HeaderParameter(value, "name")) {
        part.name = *field;
        has_name = true;
      }
      part.file_name = HeaderParameter(value, "filename");
    }
  }
  if (!has_name) Refuse("a part without a name");
  return part;
}

}  // namespace

std::optional<std::string> HeaderParameter(std::string_view header, std::string_view name) {
  size_t at = header.find(';');
  while (at != std::string_view::npos) {
    header.remove_prefix(at + 1);
    const size_t equals = header.find_first_of("=;");
    if (equals == std::string_view::npos) return {};
    if (header[equals] == ';') {
      at = equals;
      continue;
    }
    const bool found = EqualNoCase(Trimmed(header.substr(0, equals)), name);
    header.remove_prefix(equals + 1);
    std::string value;
    if (header.starts_with('"')) {
      size_t i = 1;
      for (; i < header.size() && header[i] != '"'; ++i) {
        if (header[i] == '\\' && i + 1 < header.size()) ++i;
        value += header[i];
      }
      header.remove_prefix(std::min(i + 1, header.size()));
    } else {
      value = std::string(Trimmed(header.substr(0, header.find(';'))));
    }
    if (found) return value;
    at = header.find(';');
  }
  return {};
}

std::optional<std::string> FormBoundary(std::string_view content_type) {
  const std::string_view type = Trimmed(content_type.substr(0, content_type.find(';')));
  if (!EqualNoCase(type, "multipart/form-data")) return {};
  return HeaderParameter(content_type, "boundary").value_or("");
}

std::vector<FormPart> ParseForm(std::string_view body, std::string_view boundary) {
  if (boundary.empty() || boundary.size() > kMaxBoundary) Refuse("no boundary, or one too long");
  const std::string delimiter = "--" + std::string(boundary);
  const std::string inner = "\r\n" + delimiter;
  size_t begin = body.starts_with(delimiter) ? 0 : body.find(inner);
  if (begin == std::string_view::npos) Refuse("does not hold its boundary");
  std::string_view rest = body.substr(begin + (begin == 0 ? delimiter : inner).size());
  std::vector<FormPart> parts;
  for (;;) {
    if (rest.starts_with("--")) return parts;
    if (!TakeLine(rest).empty()) Refuse("a boundary does not end its line");
    if (parts.size() == kMaxParts) Refuse("has too many parts");
    FormPart part = ParseHead(rest);
    const size_t end = rest.starts_with(delimiter) ? 0 : rest.find(inner);
    if (end == std::string_view::npos) Refuse("cut short inside a part");
    part.bytes = rest.substr(0, end);
    rest.remove_prefix(end + (rest.starts_with(delimiter) ? delimiter : inner).size());
    parts.push_back(std::move(part));
  }
}

}  // namespace kani::server
