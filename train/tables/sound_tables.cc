#include "train/tables/sound_tables.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/mapped_file.h"
#include "train/import/sound_finder.h"
#include "train/import/text_lines.h"
#include "train/tables/arrow_file.h"
#include "train/tables/sound_columns.h"
#include "train/tables/table_files.h"

namespace kani::train {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kDescribedRows = 4096;  // read at once, without sound
constexpr int64_t kSoundRows = 16;        // read at once, some hundred kB each

/// A row has a text and sound, or its name; runs of nothing pack to nothing.
int64_t MostRows(size_t file_bytes) {
  constexpr size_t kRowsPerByte = 4, kFew = 1000;
  return static_cast<int64_t>(
      std::min<size_t>(kFew + kRowsPerByte * file_bytes, size_t{UINT32_MAX} - 1));
}

/// What is known of the rows of one file, for one list.
class TableReader {
 public:
  /// @param finder of files that rows may name
  TableReader(std::span<const std::byte> bytes, fs::path file, const ImportDefaults& defaults,
              SoundFinder& finder)
      : path_(std::move(file)),
        source_(Quoted(path_.string())),
        defaults_(defaults),
        finder_(finder),
        most_rows_(MostRows(bytes.size())),
        file_(ArrowFile::Open(bytes, source_)),
        columns_(FindSoundColumns(file_->schema(), defaults.columns, source_)) {
    is_embedded_ = !columns_.sound.column.empty() && !file_->IsSaidToBeNull(columns_.sound);
    // Arrow's files cost nothing to look into, and nothing else tells.
    parts_ = columns_.Described();
    if (is_embedded_ && file_->IsFreeToRead()) parts_.push_back(columns_.sound);
  }

  void Read(RecordingList& list, const std::function<void()>& after_batch) {
    const ArrowFile::Batches batches = file_->Read(0, parts_, kDescribedRows);
    int64_t row = 0;
    while (const std::shared_ptr<arrow::RecordBatch> batch = batches()) {
      if (row > most_rows_ - batch->num_rows()) {
        Fail(ErrorCode::kInvalidFile, source_, ": more than ", most_rows_, " rows");
      }
      ReadBatch(*batch, row, list);
      row += batch->num_rows();
      after_batch();
    }
  }
  /// Of the rows read, those that hold sound.
  int64_t embedded_rows() const { return embedded_rows_; }

 private:
  std::shared_ptr<arrow::Array> Column(const arrow::RecordBatch& batch,
                                       const std::string& name) const {
    return name.empty() ? nullptr : PartOf(batch, {name, ""});
  }

  void ReadBatch(const arrow::RecordBatch& batch, int64_t first_row, RecordingList& list) {
    const auto path =
        columns_.sound_path.column.empty() ? nullptr : PartOf(batch, columns_.sound_path);
    const auto sound =
        is_embedded_ && file_->IsFreeToRead() ? PartOf(batch, columns_.sound) : nullptr;
    const auto text = Column(batch, columns_.text), speaker = Column(batch, columns_.speaker),
               language = Column(batch, columns_.language), id = Column(batch, columns_.id),
               seconds = Column(batch, columns_.seconds), dnsmos = Column(batch, columns_.dnsmos);
    for (int64_t i = 0; i < batch.num_rows(); ++i) {
      const auto cell = [&](const std::shared_ptr<arrow::Array>& column) {
        return column == nullptr ? std::string() : CellText(*column, i);
      };
      const auto or_default = [](std::string text, const std::string& otherwise) {
        return text.empty() ? otherwise : text;
      };
      if (dnsmos != nullptr && CellNumber(*dnsmos, i) < defaults_.min_dnsmos) continue;
      ListedRecording recording;
      recording.text = Trimmed(cell(text));
      recording.speaker = or_default(cell(speaker), defaults_.speaker);
      recording.language = or_default(cell(language), defaults_.language);
      recording.source = defaults_.source;
      if (seconds != nullptr) recording.stated_s = std::max(0.0, CellNumber(*seconds, i));
      const bool has_sound = is_embedded_ && (sound == nullptr || !CellBytes(*sound, i).empty());
      Place(cell(path), first_row + i, has_sound, recording);
      recording.id = or_default(cell(id), recording.id);
      CheckRecording(recording, ErrorCode::kInvalidFile, StrCat(source_, " row ", first_row + i));
      list.Add(recording);
      embedded_rows_ += has_sound ? 1 : 0;
    }
  }

  /// Where its sound is, and what it is called by that.
  void Place(const std::string& name, int64_t row, bool has_sound,
             ListedRecording& recording) const {
    const std::string where = StrCat(path_.stem().string(), "#", row);
    if (name.find('\0') != std::string::npos || name.size() > 4096) {
      Fail(ErrorCode::kInvalidFile, source_, " row ", row, ": no name of a file");
    }
    const std::string stem = fs::path(name).stem().string();
    recording.id = stem.empty() ? where : stem;
    if (has_sound || name.empty()) {
      recording.path = path_;
      recording.table_row = row;
    } else {
      recording.path = finder_.Find(name);
    }
  }

  const fs::path path_;
  const std::string source_;
  const ImportDefaults& defaults_;
  SoundFinder& finder_;
  const int64_t most_rows_;
  const std::unique_ptr<ArrowFile> file_;
  const SoundColumns columns_;
  bool is_embedded_ = false;
  int64_t embedded_rows_ = 0;
  std::vector<ColumnPart> parts_;
};

}  // namespace

bool IsSoundTable(const fs::path& path) {
  if (IsTableFile(path)) return true;
  std::error_code error;
  if (!fs::is_directory(path, error)) return false;
  for (const char* list : {"metadata.csv", "metadata.jsonl", "metadata.tsv"}) {
    if (fs::exists(path / list, error)) return false;
  }
  return HasTableFiles(path);
}

RecordingList ImportSoundTables(const fs::path& path, const ImportDefaults& given,
                                const std::string& split) {
  const std::vector<fs::path> files = TableFiles(path, split);
  const fs::path folder = files[0].parent_path();
  ImportDefaults defaults = given;
  if (defaults.source.empty()) {
    std::error_code error;
    const bool is_folder = fs::is_directory(path, error);
    defaults.source =
        fs::absolute((is_folder ? path : folder) / ".").parent_path().filename().string();
  }
  RecordingList list;
  SoundFinder finder(folder);
  int64_t embedded_rows = 0;
  for (const fs::path& file : files) {
    const MappedFile map(file);
    TableReader reader(map.bytes(), file, defaults, finder);
    reader.Read(list, [&] { map.Release(map.bytes()); });
    embedded_rows += reader.embedded_rows();
  }
  if (!list.empty() && embedded_rows == 0 && finder.found() == 0) {
    Fail(ErrorCode::kNotFound, Quoted(path.string()),
         ": has only the names of its recordings (as `to_parquet` of `datasets` 4 and 5 writes "
         "them), and "
         "none of these ",
         list.size(), " is there, the first is ", Quoted(list[0].path.string()), "; ",
         finder.Looked());
  }
  return list;
}

namespace {

/// The sound in a file that is read row by row, with the last rows of it at hand: threads ask in
/// the order of the rows, but one may overtake another.
class SoundRows {
 public:
  SoundRows(std::span<const std::byte> bytes, std::string source,
            std::span<const std::string> columns)
      : source_(std::move(source)),
        file_(ArrowFile::Open(bytes, source_)),
        sound_(FindSoundColumns(file_->schema(), columns, source_).sound) {}

  std::vector<std::byte> Read(int64_t row) {
    const std::string_view sound = At(row);
    if (sound.empty()) {
      Fail(ErrorCode::kInvalidFile, source_, " row ", row, ": has no sound in it");
    }
    const auto bytes = std::as_bytes(std::span(sound));
    return {bytes.begin(), bytes.end()};
  }

 private:
  struct Held {
    int64_t first = 0;
    std::shared_ptr<arrow::Array> cells;

    bool Has(int64_t row) const {
      return cells != nullptr && row >= first && row - first < cells->length();
    }
    std::string_view At(int64_t row) const { return CellBytes(*cells, row - first); }
  };

  std::string_view At(int64_t row) {
    if (sound_.column.empty()) return {};
    for (const Held& held : held_) {
      if (held.Has(row)) return held.At(row);
    }
    const std::vector<int64_t>& begins = file_->group_begins();
    const size_t group =
        static_cast<size_t>(std::upper_bound(begins.begin(), begins.end(), row) - begins.begin()) -
        1;
    if (!batches_ || row < next_row_ || begins[group] > next_row_) {
      batches_ = file_->Read(group, {sound_}, kSoundRows);
      next_row_ = begins[group];
    }
    while (row >= next_row_) {
      const std::shared_ptr<arrow::RecordBatch> batch = batches_();
      if (batch == nullptr) Fail(ErrorCode::kInvalidFile, source_, ": no row ", row);
      std::swap(held_[0], held_[1]);
      held_[0] = {next_row_, PartOf(*batch, sound_)};
      next_row_ += batch->num_rows();
    }
    return held_[0].At(row);
  }

  const std::string source_;
  const std::unique_ptr<ArrowFile> file_;
  const ColumnPart sound_;
  ArrowFile::Batches batches_;
  int64_t next_row_ = 0;  ///< of the next batch
  std::array<Held, 2> held_;
};

}  // namespace

void ReadSoundTable(std::span<const std::byte> bytes, const fs::path& file,
                    const ImportDefaults& defaults, RecordingList& list,
                    const std::function<void(std::span<const std::byte>)>& sound) {
  SoundFinder finder(file.parent_path());
  TableReader(bytes, file, defaults, finder).Read(list, [] {});
  SoundRows rows(bytes, Quoted(file.string()), defaults.columns);
  for (const ListedRecording& recording : list) {
    if (recording.table_row >= 0) sound(rows.Read(recording.table_row));
  }
}

struct EmbeddedSound::OpenTable {
  OpenTable(const fs::path& file, std::span<const std::string> columns)
      : path(file), map(file), rows(map.bytes(), Quoted(file.string()), columns) {}

  const fs::path path;
  const MappedFile map;
  SoundRows rows;
};

EmbeddedSound::EmbeddedSound(std::vector<std::string> columns) : columns_(std::move(columns)) {}
EmbeddedSound::~EmbeddedSound() = default;

std::vector<std::byte> EmbeddedSound::Read(const fs::path& file, int64_t row) {
  constexpr size_t kMostOpen = 2;  // threads cross from one file into the next one after another
  const std::lock_guard lock(mutex_);
  auto table =
      std::ranges::find_if(open_, [&](const auto& candidate) { return candidate->path == file; });
  if (table == open_.end()) {
    open_.push_front(std::make_unique<OpenTable>(file, columns_));
    if (open_.size() > kMostOpen) open_.pop_back();
  } else {
    open_.splice(open_.begin(), open_, table);
  }
  std::vector<std::byte> sound = open_.front()->rows.Read(row);
  open_.front()->map.Release(open_.front()->map.bytes());
  return sound;
}

}  // namespace kani::train
