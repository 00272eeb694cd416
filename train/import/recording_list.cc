#include "train/import/recording_list.h"

#include <cstring>
#include <limits>
#include <tuple>

namespace kani::train {
namespace {

constexpr uint64_t kBlockBytes = 1 << 20;
constexpr uint16_t kIdIsStem = 0xFFFF;  // instead of a number of bytes: the file's name says it

/// "a" of "a.wav".
std::string_view StemOf(std::string_view file) {
  const size_t dot = file.rfind('.');
  return dot == 0 ? file : file.substr(0, dot);
}

}  // namespace

uint64_t RecordingList::Text::Append(std::string_view a, std::string_view b, std::string_view c) {
  const size_t size = a.size() + b.size() + c.size();
  KANI_DCHECK(size <= kBlockBytes);
  if (blocks_.empty() || kBlockBytes - used_ < size) {
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(kBlockBytes));
    used_ = 0;
  }
  char* to = blocks_.back().get() + used_;
  for (const std::string_view part : {a, b, c}) {
    if (!part.empty()) std::memcpy(to, part.data(), part.size());
    to += part.size();
  }
  const uint64_t at = (blocks_.size() - 1) * kBlockBytes + used_;
  used_ += size;
  return at;
}

std::string_view RecordingList::Text::At(uint64_t at, size_t size) const {
  return size == 0 ? std::string_view()
                   : std::string_view(blocks_[at / kBlockBytes].get() + at % kBlockBytes, size);
}

RecordingList::RecordingList(const std::vector<ListedRecording>& recordings) {
  for (const ListedRecording& recording : recordings) Add(recording);
}

RecordingList::Name RecordingList::NameOf(std::string_view name) {
  if (const auto found = name_index_.find(name); found != name_index_.end()) return found->second;
  const auto index = static_cast<Name>(names_.size());
  names_.emplace_back(name);
  name_index_.emplace(names_.back(), index);
  return index;
}

void RecordingList::Add(const ListedRecording& recording) {
  const std::string& path = recording.path.native();
  const size_t slash = path.rfind('/');
  const size_t file_at = slash == std::string::npos ? 0 : slash + 1;
  std::string_view file = std::string_view(path).substr(file_at);
  std::string_view folder = std::string_view(path).substr(0, file_at);
  // A name that no file system has, of a list made by hand.
  constexpr size_t kMostBytes = kIdIsStem - 1;
  if (file.size() > kMostBytes) {
    folder = path;
    file = {};
  }
  Row row{};
  const bool is_stem = recording.id == StemOf(file);
  const std::string_view id = is_stem ? std::string_view() : std::string_view(recording.id);
  KANI_DCHECK(id.size() <= kMostBytes);
  row.text_at = text_.Append(file, id, recording.text);
  row.file_bytes = static_cast<uint16_t>(file.size());
  row.id_bytes = is_stem ? kIdIsStem : static_cast<uint16_t>(id.size());
  row.transcript_bytes = static_cast<uint32_t>(recording.text.size());
  row.folder = NameOf(folder);
  row.speaker = NameOf(recording.speaker);
  row.language = NameOf(recording.language);
  row.source = NameOf(recording.source);
  row.table_row = static_cast<uint32_t>(recording.table_row + 1);
  if (recording.stated_s > 0) {
    stated_s_.resize(rows_.size() + 1);
    stated_s_.back() = static_cast<float>(recording.stated_s);
  }
  if (recording.begin_s != 0 || recording.end_s != std::numeric_limits<double>::infinity()) {
    pieces_.emplace_back(recording.begin_s, recording.end_s);
    row.piece = static_cast<uint32_t>(pieces_.size());
  }
  rows_.push_back(row);
}

ListedRecording RecordingList::operator[](size_t row_number) const {
  const Row& row = rows_[row_number];
  const std::string_view file = FileOf(row);
  const size_t id_bytes = row.id_bytes == kIdIsStem ? 0 : row.id_bytes;
  ListedRecording out;
  out.path = names_[row.folder] + std::string(file);
  out.id = row.id_bytes == kIdIsStem ? StemOf(file)
                                     : text_.At(row.text_at + row.file_bytes, row.id_bytes);
  out.text = text_.At(row.text_at + row.file_bytes + id_bytes, row.transcript_bytes);
  out.speaker = names_[row.speaker];
  out.language = names_[row.language];
  out.source = names_[row.source];
  out.table_row = static_cast<int64_t>(row.table_row) - 1;
  if (row_number < stated_s_.size()) out.stated_s = stated_s_[row_number];
  if (row.piece > 0) std::tie(out.begin_s, out.end_s) = pieces_[row.piece - 1];
  return out;
}

bool RecordingList::IsSameFile(size_t a, size_t b) const {
  return rows_[a].folder == rows_[b].folder && rows_[a].table_row == rows_[b].table_row &&
         FileOf(rows_[a]) == FileOf(rows_[b]);
}

}  // namespace kani::train
