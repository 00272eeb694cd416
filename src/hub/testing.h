// For the tests of this folder: a cache in a folder of its own.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/testing.h"
#include "hub/digest.h"
#include "hub/listing.h"
#include "hub/repo_id.h"

namespace kani::hub {

inline const RepoId kTiny = RepoId::Parse("acme/tiny");
inline const std::string kOldCommit(40, 'a'), kNewCommit(40, 'b');

inline std::string HashOf(std::string_view bytes, size_t digits) {
  Digest digest(std::string(digits, '0'), bytes.size());
  digest.Update(std::as_bytes(std::span(bytes)));
  return digest.Finish();
}

/// As a hub would list it; over 10 bytes counts as large.
inline RemoteFile FileOf(std::string path, std::string_view bytes) {
  return {std::move(path), bytes.size(), HashOf(bytes, bytes.size() > 10 ? 64 : 40)};
}

class CacheTest : public testing::Test {
 protected:
  CacheTest() {
    std::string pattern = testing::TempDir() + "kani_hub_XXXXXX";
    root_ = ::mkdtemp(pattern.data());
    cache_ = root_ / "hub";
    repo_ = cache_ / "models--acme--tiny";
  }
  ~CacheTest() override { std::filesystem::remove_all(root_); }

  void Write(const std::filesystem::path& path, std::string_view bytes) const {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }
  std::string Read(const std::filesystem::path& path) const {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void SymLink(const std::filesystem::path& path, const std::string& target) const {
    std::filesystem::create_directories(path.parent_path());
    std::filesystem::create_symlink(target, path);
  }
  /// Files of a commit as the Python tools lay them out, each a link to its blob.
  void AddCommit(const std::string& commit,
                 const std::vector<std::pair<std::string, std::string>>& files) const {
    for (const auto& [path, bytes] : files) {
      const std::string etag = FileOf(path, bytes).etag;
      Write(repo_ / "blobs" / etag, bytes);
      std::string target = "../../blobs/" + etag;
      if (path.find('/') != path.npos) target.insert(0, "../");
      SymLink(repo_ / "snapshots" / commit / path, target);
    }
  }
  void SetRef(const std::string& name, const std::string& commit) const {
    Write(repo_ / "refs" / name, commit);
  }
  /// Names of everything below a folder, for comparisons.
  std::vector<std::string> Names(const std::filesystem::path& folder) const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      names.push_back(entry.path().lexically_relative(folder).string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  std::filesystem::path root_, cache_, repo_;
};

}  // namespace kani::hub
