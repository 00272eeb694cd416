#include "hub/repo_id.h"

#include <algorithm>

#include "base/error.h"

namespace kani::hub {
namespace {

constexpr size_t kMaxPart = 96;
constexpr size_t kMaxRevision = 200;
constexpr std::string_view kFolderPrefix = "models--";

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-';
}

bool IsHex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsEdge(char c) { return c == '.' || c == '-'; }

/// Why `part` cannot be a part of an id; empty if it can.
std::string_view Objection(std::string_view part) {
  if (part.empty()) return "a part is empty";
  if (part.size() > kMaxPart) return "a part has over 96 characters";
  if (!std::ranges::all_of(part, IsWordCharacter)) {
    return "expected letters, digits, '_', '-' and '.'";
  }
  if (IsEdge(part.front()) || IsEdge(part.back())) return "a part begins or ends with '.' or '-'";
  if (part.find("--") != part.npos || part.find("..") != part.npos) return "it holds '--' or '..'";
  if (part.ends_with(".git")) return "it ends in '.git'";
  return {};
}

/// Why `text` cannot be an id; empty if it can.
std::string_view ObjectionToId(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == text.npos) return Objection(text);
  if (text.find('/', slash + 1) != text.npos) return "expected at most one '/'";
  const std::string_view first = Objection(text.substr(0, slash));
  return first.empty() ? Objection(text.substr(slash + 1)) : first;
}

}  // namespace

RepoId RepoId::Parse(std::string_view text) {
  const std::string_view objection = ObjectionToId(text);
  if (!objection.empty()) {
    Fail(ErrorCode::kInvalidArgument, "repository ", Quoted(text), ": ", objection);
  }
  return RepoId(std::string(text));
}

std::optional<RepoId> RepoId::FromFolder(std::string_view folder) {
  if (!folder.starts_with(kFolderPrefix)) return std::nullopt;
  std::string text(folder.substr(kFolderPrefix.size()));
  const size_t dashes = text.find("--");
  if (dashes != text.npos) text.replace(dashes, 2, "/");
  if (!ObjectionToId(text).empty()) return std::nullopt;
  return RepoId(std::move(text));
}

std::string_view RepoId::name() const {
  return std::string_view(text_).substr(text_.find('/') + 1);  // npos + 1 = 0
}

std::string RepoId::Folder() const {
  std::string folder(kFolderPrefix);
  for (const char c : text_) folder += c == '/' ? std::string("--") : std::string(1, c);
  return folder;
}

RepoName ParseRepoName(std::string_view text) {
  const size_t at = text.find('@');
  RepoName name{RepoId::Parse(text.substr(0, at))};
  if (at != text.npos) name.revision = text.substr(at + 1);
  CheckRevision(name.revision);
  return name;
}

void CheckRevision(std::string_view revision) {
  const auto refuse = [&](std::string_view why) {
    Fail(ErrorCode::kInvalidArgument, "revision ", Quoted(revision), ": ", why);
  };
  if (revision.empty()) refuse("it is empty");
  if (revision.size() > kMaxRevision) refuse("it has over 200 bytes");
  for (const char c : revision) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7F ||
        std::string_view("\\:~^?*[").find(c) != std::string_view::npos) {
      refuse("it holds a character that no branch, tag or commit has");
    }
  }
  for (size_t begin = 0; begin <= revision.size();) {
    const size_t end = std::min(revision.find('/', begin), revision.size());
    const std::string_view segment = revision.substr(begin, end - begin);
    if (segment.empty() || segment.front() == '.' || segment.find("..") != segment.npos) {
      refuse("a part between slashes is empty, begins with '.' or holds '..'");
    }
    begin = end + 1;
  }
}

bool IsCommit(std::string_view text) { return text.size() == 40 && IsHex(text); }

bool IsEtag(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) && IsHex(text);
}

}  // namespace kani::hub
