// Names of repositories on a hub: "org/name@revision", checked before they become a path or an
// address.
#pragma once

#include <compare>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace kani::hub {

/// "name" or "org/name"; only ever holds a checked one.
class RepoId {
 public:
  /// Throws kInvalidArgument unless each of the one or two parts is 1 to 96 of [A-Za-z0-9_.-],
  /// neither begins nor ends with '.' or '-', holds no "--" or "..", and does not end in ".git".
  static RepoId Parse(std::string_view text);
  /// "models--org--name", the folder of a repository in a cache, back to its id; nothing for any
  /// other folder.
  static std::optional<RepoId> FromFolder(std::string_view folder);

  const std::string& text() const { return text_; }
  /// The last part.
  std::string_view name() const;
  /// "models--org--name".
  std::string Folder() const;

  friend auto operator<=>(const RepoId&, const RepoId&) = default;

 private:
  explicit RepoId(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// A repository at a branch, tag, "refs/pr/1" or commit.
struct RepoName {
  RepoId id;
  std::string revision = "main";
};

/// "[org/]name[@revision]". Throws kInvalidArgument.
RepoName ParseRepoName(std::string_view text);

/// A revision becomes a path below refs/: throws kInvalidArgument for an empty one, one over 200
/// bytes, with an empty, "." or ".." segment, a backslash, a colon, a control character, or
/// anything else that git itself refuses in a ref (blank, "~^?*[").
void CheckRevision(std::string_view revision);

/// 40 lower-case hexadecimal digits.
bool IsCommit(std::string_view text);
/// 40 or 64 lower-case hexadecimal digits: the name of a blob.
bool IsEtag(std::string_view text);

}  // namespace kani::hub
