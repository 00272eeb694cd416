// Many recordings in little memory: a corpus has millions, and most of what they say is the same or
// short.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "train/import/listed_recording.h"

namespace kani::train {

class RecordingList {
 public:
  RecordingList() = default;
  /// For lists that are made by hand.
  RecordingList(const std::vector<ListedRecording>& recordings);  // NOLINT: meant to convert

  void Add(const ListedRecording& recording);
  size_t size() const { return rows_.size(); }
  bool empty() const { return rows_.empty(); }
  /// Made anew on each call. REQUIRES: row < size().
  ListedRecording operator[](size_t row) const;
  /// Whether the sound of both is read at once.
  bool IsSameFile(size_t a, size_t b) const;

  class Iterator {
   public:
    Iterator(const RecordingList& list, size_t row) : list_(list), row_(row) {}
    ListedRecording operator*() const { return list_[row_]; }
    Iterator& operator++() {
      ++row_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return row_ != other.row_; }

   private:
    const RecordingList& list_;
    size_t row_;
  };
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

 private:
  using Name = uint32_t;  ///< index in names_
  struct Row {
    uint64_t text_at;  ///< in the text: file name, id, transcript, one behind the other
    uint32_t transcript_bytes;
    Name folder, speaker, language, source;
    uint32_t piece;      ///< index in pieces_ + 1; 0: the whole file
    uint32_t table_row;  ///< ListedRecording::table_row + 1
    uint16_t file_bytes, id_bytes;
  };
  /// Strings of any length in blocks, so that none is ever copied to make room.
  class Text {
   public:
    /// @return where they stand, one behind the other
    uint64_t Append(std::string_view a, std::string_view b, std::string_view c);
    std::string_view At(uint64_t at, size_t size) const;

   private:
    std::vector<std::unique_ptr<char[]>> blocks_;
    size_t used_ = 0;  ///< of the last block
  };

  Name NameOf(std::string_view name);
  std::string_view FileOf(const Row& row) const { return text_.At(row.text_at, row.file_bytes); }

  std::deque<Row> rows_;
  Text text_;
  std::vector<std::pair<double, double>> pieces_;
  std::deque<float> stated_s_;  ///< up to the last row that says it
  std::deque<std::string> names_;
  std::unordered_map<std::string_view, Name> name_index_;  ///< of names_
};

}  // namespace kani::train
