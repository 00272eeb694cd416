// The bytes of one blob, from a hub to its partial file: counted and hashed as they come, gone on
// with after a cut, begun anew when they turn out wrong.
#pragma once

#include <cstdint>
#include <functional>

#include "hub/client.h"
#include "hub/repo_folder.h"

namespace kani::hub {

struct BlobRequest {
  const RepoId& id;
  const std::string& commit;
  const RemoteFile& file;
  const Settings& settings;
  const Activity& activity;
  /// Bytes that are here and were not before; negative when they have to come again.
  const std::function<void(int64_t)>& on_bytes;
};

/// Brings what `partial` lacks. On return it holds exactly the bytes that the hash of `file` names.
/// Throws HubError, kDamaged after the second time that size or hash differ (the partial is empty
/// then); kIo; kCancelled. In the other cases what has come stays.
void DownloadBlob(Client* client, const BlobRequest& request, PartialBlob* partial);

}  // namespace kani::hub
