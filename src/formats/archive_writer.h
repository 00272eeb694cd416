// Makes a tar or zip archive in memory, through libarchive.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "formats/archive.h"

struct archive;

namespace kani::formats {

class ArchiveWriter {
 public:
  /// A plain tar, or a zip with stored entries.
  explicit ArchiveWriter(ArchiveFormat format);
  /// A regular file. Throws kIo for a name the format cannot hold.
  void Add(const std::string& name, std::string_view contents);
  /// The archive. Call it once, last.
  std::string Finish();

 private:
  struct Free {
    void operator()(archive* writer) const;
  };
  std::string bytes_;  // before its writer, which may still append to it when it is freed
  std::unique_ptr<archive, Free> archive_;
};

}  // namespace kani::formats
