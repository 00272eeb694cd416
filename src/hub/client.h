// The three requests that bring a model: what a revision is, what files it has, their bytes.
#pragma once

#include <string>
#include <vector>

#include "hub/http.h"
#include "hub/listing.h"
#include "hub/refusal.h"
#include "hub/repo_id.h"
#include "hub/retry.h"
#include "hub/settings.h"

namespace kani::hub {

/// One connection to a hub; used by one thread at a time. `settings` and `activity` must outlive
/// it.
class Client {
 public:
  /// Throws kOffline where requests are forbidden.
  Client(const Settings& settings, const Activity& activity);

  /// The commit of a revision, with second tries. Throws HubError.
  RepoInfo Info(const RepoName& repo);
  /// All files of a commit, sorted by path, with second tries. Throws HubError.
  std::vector<RemoteFile> Files(const RepoId& id, const std::string& commit);
  /// One try to bring bytes of a file, from `first` on, to `sink`. False if the server has no bytes
  /// from there on. Throws TransientError, HubError, and what the sink throws.
  bool Download(const RepoId& id, const std::string& commit, const RemoteFile& file, uint64_t first,
                BodySink* sink);
  /// The hub did not know the token, and did not need it.
  bool token_refused() const { return token_refused_; }

 private:
  HttpReply GetApi(const std::string& url, const Subject& subject);
  template <typename Ask>
  HttpReply AskWithoutBadToken(Ask ask);
  std::string KnownRevisions(const RepoId& id);

  const Settings& settings_;
  const Activity& activity_;
  HttpClient http_;
  bool token_refused_ = false;
};

}  // namespace kani::hub
