#include "hub/verify.h"

#include <map>

#include "base/error.h"
#include "hub/digest.h"

namespace kani::hub {
namespace {

/// What is known of a file that should be there.
struct Expectation {
  std::string etag;                    ///< empty if unknown
  std::optional<uint64_t> size_bytes;  ///< nothing if unknown
};

std::map<std::string, Expectation> Expectations(const CachedCommit& commit,
                                                const std::vector<RemoteFile>& listed) {
  std::map<std::string, Expectation> expected;
  for (const CachedFile& file : commit.files) {
    expected[file.path].etag = file.etag.value_or("");
  }
  for (const RemoteFile& file : listed) expected[file.path] = {file.etag, file.size_bytes};
  return expected;
}

}  // namespace

std::vector<VerifiedFile> VerifyCommit(const CachedCommit& commit,
                                       const std::vector<RemoteFile>& listed,
                                       const std::function<void(uint64_t)>& on_bytes,
                                       const std::function<bool()>& cancelled) {
  std::map<std::string, const CachedFile*> here;
  for (const CachedFile& file : commit.files) here[file.path] = &file;
  std::vector<VerifiedFile> results;
  for (const auto& [path, expected] : Expectations(commit, listed)) {
    VerifiedFile result{path, FileState::kGood, expected.etag, {}};
    const auto found = here.find(path);
    if (found == here.end() || !found->second->size_bytes) {
      result.state = FileState::kMissing;
    } else if (expected.etag.empty()) {
      result.state = FileState::kUnverified;
    } else if (expected.size_bytes && *expected.size_bytes != *found->second->size_bytes) {
      result.state = FileState::kDamaged;
    } else {
      result.found = HashFile(found->second->location, expected.etag, cancelled, on_bytes);
      if (result.found != expected.etag) result.state = FileState::kDamaged;
    }
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace kani::hub
