// What a hub says of a repository: a commit and its files. Foreign JSON, every value checked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kani::hub {

/// One file of a commit.
struct RemoteFile {
  std::string path;  ///< relative, '/' between segments, safe to create below a folder
  uint64_t size_bytes = 0;
  /// Name of its blob and hash of its bytes: 64 hex digits are a SHA-256 of the bytes, 40 a git
  /// SHA-1 (of "blob <size>\0" and the bytes).
  std::string etag;
};

/// What a revision is now.
struct RepoInfo {
  std::string commit;
  bool gated = false;
  bool is_private = false;
  /// As its card says, "apache-2.0" or the name that stands for "other"; empty if it says nothing.
  std::string license;
  std::string license_link;        ///< empty if the card has none
  std::vector<std::string> paths;  ///< of all files
};

inline constexpr size_t kMaxApiBytes = 32u << 20;  ///< of one JSON answer
inline constexpr size_t kMaxTreePages = 100;
inline constexpr size_t kMaxFiles = 10'000;

/// The answer to /api/models/{id}/revision/{rev}. Throws HubError: kNotAHub for what is no JSON
/// object with a `sha`, kHostile for a value out of its range. `source` is the address.
RepoInfo ParseRepoInfo(std::string_view json, std::string_view source);

/// Appends the files of one page of /api/models/{id}/tree/{commit}; folders and whatever else is no
/// file are left out. Throws as ParseRepoInfo does.
void AppendTreePage(std::string_view json, std::string_view source, std::vector<RemoteFile>* files);

/// Throws kHostile for a path that must not be created: absolute, empty, "." or ".." segments, '\',
/// ':', control characters, segments over 255 bytes, names that Windows keeps for devices, a
/// trailing dot or blank.
void CheckRemotePath(std::string_view path, std::string_view source);
/// Throws kHostile for two paths that are one where case does not count, or where one is a folder
/// of the other.
void CheckPathsTogether(const std::vector<std::string>& paths, std::string_view source);

/// The address in `Link: <...>; rel="next"`, empty if there is none.
std::string NextLink(std::string_view link_header);

}  // namespace kani::hub
