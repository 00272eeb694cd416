// For tests of every folder: goldens, archives made in memory.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/testing.h"

namespace kani {

inline std::filesystem::path Golden(std::string_view name) {
  return std::filesystem::path(KANI_TEST_DATA) / "golden" / name;
}

inline std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::span<const std::byte> Bytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

struct Member {
  std::string name;
  std::string bytes;
  mode_t type = AE_IFREG;
};

inline std::string MakeArchive(int format, int filter, const char* options,
                               const std::vector<Member>& members) {
  size_t capacity = 1 << 20;
  for (const Member& member : members) capacity += member.bytes.size() + 4096;
  std::string out(capacity, '\0');
  size_t used = 0;
  archive* writer = archive_write_new();
  archive_write_set_format(writer, format);
  archive_write_add_filter(writer, filter);
  if (options != nullptr) archive_write_set_options(writer, options);
  archive_write_open_memory(writer, out.data(), out.size(), &used);
  for (const Member& member : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, member.name.c_str());
    archive_entry_set_filetype(entry, member.type);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_mtime(entry, 1, 500);  // a fraction makes a PAX header
    if (member.type == AE_IFLNK) {
      archive_entry_set_symlink(entry, member.bytes.c_str());
    } else {
      archive_entry_set_size(entry, static_cast<la_int64_t>(member.bytes.size()));
    }
    archive_write_header(writer, entry);
    if (member.type == AE_IFREG) {
      archive_write_data(writer, member.bytes.data(), member.bytes.size());
    }
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  out.resize(used);
  return out;
}

inline std::string MakeTar(const std::vector<Member>& members) {
  return MakeArchive(ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, ARCHIVE_FILTER_NONE, nullptr, members);
}
inline std::string MakeTarGz(const std::vector<Member>& members) {
  return MakeArchive(ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, ARCHIVE_FILTER_GZIP, nullptr, members);
}
inline std::string MakeZip(const std::vector<Member>& members, bool compressed = false) {
  return MakeArchive(ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE,
                     compressed ? "zip:compression=deflate" : "zip:compression=store", members);
}

}  // namespace kani
