#include "formats/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <memory>
#include <utility>

#include "base/error.h"

namespace kani::formats {
namespace {

constexpr int kMaxMembers = 65536;
constexpr uint64_t kMaxTotalBytes = uint64_t{8} << 30;
// Weights hardly compress; a hundredfold leaves room for a file full of zeros.
constexpr uint64_t kMaxRatio = 100;
constexpr uint64_t kRatioFreeBytes = 1 << 20;  // a tar of small files is mostly padding

struct ArchiveDeleter {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
using ArchivePointer = std::unique_ptr<archive, ArchiveDeleter>;

/// One pass over an archive.
class ArchiveReader {
 public:
  ArchiveReader(std::span<const std::byte> bytes, const std::string& source)
      : bytes_(bytes),
        source_(source),
        limit_(std::min(kMaxTotalBytes, bytes.size() * kMaxRatio + kRatioFreeBytes)),
        reader_(archive_read_new()) {
    if (!reader_) Fail(ErrorCode::kResourceExhausted, source_, ": no memory to read the archive");
  }

  ArchiveMembers Read(ArchiveFormat format, const std::function<bool(std::string_view)>& wanted) {
    Open(format);
    ArchiveMembers members;
    for (int count = 0; archive_entry* entry = Next(); ++count) {
      if (count == kMaxMembers) {
        Fail(ErrorCode::kResourceExhausted, source_, ": more than ", kMaxMembers, " members");
      }
      const std::string name = Name(entry);
      if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != nullptr) {
        continue;
      }
      // What is skipped counts too: a gzip stream has to be decompressed all the same.
      AddDeclared(name, archive_entry_size_is_set(entry) ? archive_entry_size(entry) : 0);
      if (!wanted(name)) continue;
      if (members.files.contains(name)) {
        Fail(ErrorCode::kInvalidFile, source_, ": member ", Quoted(name), " occurs twice");
      }
      members.files.emplace(name, Data(name, members));
    }
    return members;
  }

 private:
  void Open(ArchiveFormat format) {
    RequireRoomForNames();
    if (format == ArchiveFormat::kTar) {
      archive_read_support_format_tar(reader_.get());
      archive_read_support_filter_gzip(reader_.get());
    } else {
      archive_read_support_format_zip_seekable(reader_.get());
      archive_read_set_options(reader_.get(), "zip:ignorecrc32");
    }
    Check(archive_read_open_memory(reader_.get(), bytes_.data(), bytes_.size()));
  }

  /// libarchive ends the process where it finds no room for a name ("Fatal Internal Error", 3.6):
  /// so much is certainly there before it is asked for the next one.
  void RequireRoomForNames() const {
    constexpr size_t kRoomBytes = 1 << 20;  // names, and the headers that they stand in
    void* volatile room = std::malloc(kRoomBytes);
    if (room == nullptr) {
      Fail(ErrorCode::kResourceExhausted, source_, ": no memory to read the archive");
    }
    std::free(room);
  }

  void Check(int status) {
    if (status >= ARCHIVE_WARN) return;
    const char* reason = archive_error_string(reader_.get());
    if (archive_errno(reader_.get()) == ENOMEM) {
      Fail(ErrorCode::kResourceExhausted, source_, ": no memory to read the archive");
    }
    Fail(ErrorCode::kInvalidFile, source_,
         ": damaged archive: ", Quoted(reason != nullptr ? reason : "no reason given"));
  }

  archive_entry* Next() {
    RequireRoomForNames();
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(reader_.get(), &entry);
    if (status == ARCHIVE_EOF) return nullptr;
    Check(status);
    return entry;
  }

  static std::string Name(archive_entry* entry) {
    // The UTF-8 form first: the plain one is null for what the process's locale cannot spell.
    const char* name = archive_entry_pathname_utf8(entry);
    if (name == nullptr) name = archive_entry_pathname(entry);
    std::string_view text = name != nullptr ? name : "";
    while (text.starts_with("./")) text.remove_prefix(2);
    return std::string(text);
  }

  void AddDeclared(const std::string& name, int64_t size_bytes) {
    if (size_bytes < 0 || static_cast<uint64_t>(size_bytes) > limit_ - declared_bytes_) {
      Fail(ErrorCode::kResourceExhausted, source_, ": member ", Quoted(name), " of ", size_bytes,
           " bytes, expected at most ", limit_, " in all");
    }
    declared_bytes_ += static_cast<uint64_t>(size_bytes);
  }

  /// The member's bytes: a view if libarchive hands out contiguous parts of the archive itself.
  std::span<const std::byte> Data(const std::string& name, ArchiveMembers& members) {
    std::span<const std::byte> view;
    std::vector<std::byte>* copy = nullptr;
    uint64_t size_bytes = 0;
    while (true) {
      const void* block = nullptr;
      size_t block_bytes = 0;
      la_int64_t offset = 0;
      const int status = archive_read_data_block(reader_.get(), &block, &block_bytes, &offset);
      if (status == ARCHIVE_EOF) break;
      Check(status);
      if (offset < 0 || static_cast<uint64_t>(offset) != size_bytes) {
        Fail(ErrorCode::kInvalidFile, source_, ": member ", Quoted(name), " is sparse");
      }
      const auto part = std::span(static_cast<const std::byte*>(block), block_bytes);
      size_bytes += part.size();
      if (part.empty()) continue;
      if (copy == nullptr && IsInArchive(part) &&
          (view.empty() || part.data() == view.data() + view.size())) {
        view = std::span(view.empty() ? part.data() : view.data(), view.size() + part.size());
        continue;
      }
      if (copy == nullptr) {
        copy = &members.decompressed.emplace_back(view.begin(), view.end());
      }
      copied_bytes_ += part.size();
      if (copied_bytes_ > limit_) {
        Fail(ErrorCode::kResourceExhausted, source_, ": member ", Quoted(name),
             " decompresses to more than ", limit_, " bytes");
      }
      copy->insert(copy->end(), part.begin(), part.end());
    }
    return copy != nullptr ? std::span<const std::byte>(*copy) : view;
  }

  bool IsInArchive(std::span<const std::byte> part) const {
    const std::less_equal<const std::byte*> before;
    return before(bytes_.data(), part.data()) &&
           before(part.data() + part.size(), bytes_.data() + bytes_.size());
  }

  std::span<const std::byte> bytes_;
  const std::string& source_;
  const uint64_t limit_;
  uint64_t declared_bytes_ = 0;
  uint64_t copied_bytes_ = 0;
  ArchivePointer reader_;
};

}  // namespace

ArchiveMembers ReadArchive(std::span<const std::byte> bytes, ArchiveFormat format,
                           const std::string& source,
                           const std::function<bool(std::string_view)>& wanted) {
  return ArchiveReader(bytes, source).Read(format, wanted);
}

}  // namespace kani::formats
