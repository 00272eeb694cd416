// The two hashes that name a blob: SHA-256 of the bytes, or git's SHA-1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace kani::hub {

/// Hash of a file of known size, of the kind that `etag` has, fed piece by piece. Not thread-safe.
class Digest {
 public:
  /// @param etag 40 (git SHA-1) or 64 (SHA-256) hex digits
  Digest(std::string_view etag, uint64_t size_bytes);
  ~Digest();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;

  void Update(std::span<const std::byte> bytes);
  /// The hash of all bytes so far in hex; nothing may follow.
  std::string Finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// Feeds the first `size_bytes` of an open file. Throws kIo (naming the file `name`) when there are
/// fewer, and kCancelled once `cancelled` (may be empty) says so. `on_bytes` (may be empty) hears
/// of every piece.
void HashBytes(int fd, uint64_t size_bytes, Digest* digest, std::string_view name,
               const std::function<bool()>& cancelled = {},
               const std::function<void(uint64_t)>& on_bytes = {});

/// Hash of a file on disk as `etag` would name it. Throws kNotFound, and as HashBytes does.
std::string HashFile(const std::filesystem::path& path, std::string_view etag,
                     const std::function<bool()>& cancelled = {},
                     const std::function<void(uint64_t)>& on_bytes = {});

}  // namespace kani::hub
