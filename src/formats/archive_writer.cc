#include "formats/archive_writer.h"

#include <archive.h>
#include <archive_entry.h>

#include <cstdint>
#include <utility>

#include "base/error.h"

namespace kani::formats {
namespace {

la_ssize_t Append(archive*, void* bytes, const void* data, size_t size) {
  static_cast<std::string*>(bytes)->append(static_cast<const char*>(data), size);
  return static_cast<la_ssize_t>(size);
}

}  // namespace

void ArchiveWriter::Free::operator()(archive* writer) const { archive_write_free(writer); }

ArchiveWriter::ArchiveWriter(ArchiveFormat format) : archive_(archive_write_new()) {
  if (format == ArchiveFormat::kZip) {
    archive_write_set_format_zip(archive_.get());
    archive_write_zip_set_compression_store(archive_.get());
  } else {
    archive_write_set_format_pax_restricted(archive_.get());
  }
  archive_write_open(archive_.get(), &bytes_, nullptr, &Append, nullptr);
}

void ArchiveWriter::Add(const std::string& name, std::string_view contents) {
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                       archive_entry_free);
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_size(entry.get(), static_cast<int64_t>(contents.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  if (archive_write_header(archive_.get(), entry.get()) != ARCHIVE_OK ||
      archive_write_data(archive_.get(), contents.data(), contents.size()) !=
          static_cast<la_ssize_t>(contents.size())) {
    Fail(ErrorCode::kIo, "cannot archive ", Quoted(name), ": ",
         archive_error_string(archive_.get()));
  }
}

std::string ArchiveWriter::Finish() {
  archive_write_close(archive_.get());
  return std::move(bytes_);
}

}  // namespace kani::formats
