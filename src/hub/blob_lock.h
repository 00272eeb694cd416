// One writer a blob among all processes, as the Python tools do it: flock on an empty file that
// stays.
#pragma once

#include <functional>
#include <string>

#include "hub/descriptor.h"

namespace kani::hub {

/// Held while it lives.
class BlobLock {
 public:
  /// Waits for whoever holds it. Throws kIo for a lock file that cannot be made.
  /// @param folder of lock files
  /// @param shown its path, for messages
  /// @param keep_waiting called every tenth of a second; what it throws ends the wait
  BlobLock(const Descriptor& folder, const std::string& etag, const std::string& shown,
           const std::function<void()>& keep_waiting);
  /// False on file systems without flock: others may write the same blob.
  bool exclusive() const { return exclusive_; }

 private:
  Descriptor file_;
  bool exclusive_ = true;
};

}  // namespace kani::hub
