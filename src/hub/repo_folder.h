// Writes one repository of the cache: blobs, links to them, refs. Readers see each whole or not at
// all. base/atomic_file.h is not used here, for it follows links and leaves its temporary files
// where the other tools would take them for blobs or refs: here they lie in blobs/ and end in
// ".kani.incomplete", which `hf cache prune` clears away.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hub/blob_lock.h"
#include "hub/descriptor.h"
#include "hub/repo_id.h"

namespace kani::hub {

/// A download on its way to become a blob. Bytes survive the process.
struct PartialBlob {
  Descriptor file;
  std::string name;  ///< below blobs/
  uint64_t size_bytes = 0;
};

/// Thread-safe as long as no two threads write the same blob or path.
class RepoFolder {
 public:
  /// Makes the folders. Throws kIo where they cannot be made, and for a folder that is a link.
  RepoFolder(const std::filesystem::path& cache, const RepoId& id);

  const std::string& shown() const { return shown_; }
  /// Throws as BlobLock does.
  BlobLock Lock(const std::string& etag, const std::function<void()>& keep_waiting) const;

  /// Whether blobs/<etag> leads to a readable file of this size.
  bool HasBlob(const std::string& etag, uint64_t size_bytes) const;
  /// What an earlier call has left of a blob, also one that an old Python tool has left; else
  /// empty. Never longer than `size_bytes`.
  /// @param exclusive whether the blob is locked; if not, the file is of this process alone
  PartialBlob OpenPartial(const std::string& etag, uint64_t size_bytes, bool exclusive) const;
  /// To disk, then under its name. Throws kIo; kNotFound if somebody has removed it meanwhile.
  void Publish(const PartialBlob& partial, const std::string& etag) const;
  /// The same, as the plain file `path` of a snapshot, where there are no links.
  void PublishAt(const PartialBlob& partial, const std::string& commit,
                 const std::string& path) const;
  void Discard(const PartialBlob& partial) const;

  /// Whether symbolic links can be made here. Makes one to see.
  bool MakesLinks() const;
  /// snapshots/<commit>/<path> -> blobs/<etag>. What leads to a file of this size stays, unless
  /// `replace`.
  void Link(const std::string& commit, const std::string& path, const std::string& etag,
            uint64_t size_bytes, bool replace) const;
  /// The same file once more as snapshots/<commit>/<path>: a hard link, else a copy.
  void Copy(const std::filesystem::path& from, const std::string& commit,
            const std::string& path) const;
  /// refs/<revision>, by rename.
  void WriteRef(const std::string& revision, const std::string& commit) const;

 private:
  std::string TemporaryName() const;
  /// Folder of a file in a snapshot, and the file's own name.
  std::pair<Descriptor, std::string> OpenPlace(const std::string& commit,
                                               const std::string& path) const;
  void RenameInto(const std::string& temporary, const Descriptor& folder, const std::string& name,
                  const std::string& what) const;

  std::string shown_;
  Descriptor repo_;
  Descriptor blobs_;
  Descriptor locks_;
};

}  // namespace kani::hub
