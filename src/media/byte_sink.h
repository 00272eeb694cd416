// Where encoded bytes go: a file, a socket, memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "base/atomic_file.h"

namespace kani::media {

/// Serves one writer at a time. What its methods throw reaches the caller of the writer.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  /// For messages.
  virtual const std::string& name() const = 0;
  virtual void Write(std::span<const std::byte> bytes) = 0;
  /// Whether Seek may be used. Where not, a format writes what it does not know yet (its length, a
  /// table at its end) as its streams do: WAV without a length, MP4 in fragments.
  virtual bool seekable() const { return false; }
  /// The next bytes are written from `offset` on, over those that are there.
  /// REQUIRES: seekable().
  virtual void Seek(uint64_t offset) { (void)offset; }
  /// All bytes were written.
  virtual void Finish() {}
};

/// A file that appears whole on Finish(), or not at all (AtomicFile).
class FileSink : public ByteSink {
 public:
  /// Throws as AtomicFile does.
  explicit FileSink(const std::filesystem::path& path);
  const std::string& name() const override { return name_; }
  void Write(std::span<const std::byte> bytes) override { file_.Write(bytes); }
  bool seekable() const override { return true; }
  void Seek(uint64_t offset) override { file_.Seek(static_cast<size_t>(offset)); }
  void Finish() override { file_.Commit(); }

 private:
  std::string name_;
  AtomicFile file_;
};

}  // namespace kani::media
