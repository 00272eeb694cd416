// Which columns of a table hold the recordings, their texts and what else is known of them;
// included by this folder's .cc files only.
#pragma once

#include <arrow/api.h>

#include <span>
#include <string>
#include <vector>

#include "train/tables/arrow_file.h"

namespace kani::train {

/// Names of columns; "" for what is not there.
struct SoundColumns {
  ColumnPart sound;       ///< files of sound as bytes
  ColumnPart sound_path;  ///< names of such files
  std::string text, speaker, language, id, seconds, dnsmos;

  /// All but the sound itself.
  std::vector<ColumnPart> Described() const;
};

/// @param named what the user says, as role=column: "text=sentence_normalised"
/// Throws UnclearColumnsError, which lists the columns, where there is none of sound or text, or
/// several; kInvalidArgument for `named`.
SoundColumns FindSoundColumns(const arrow::Schema& schema, std::span<const std::string> named,
                              const std::string& source);

/// The text of a cell, whatever its type of text or whole number is; "" for null. Throws
/// kInvalidFile for another type.
std::string CellText(const arrow::Array& column, int64_t row);
/// 0 for null. Throws kInvalidFile for what is no number.
double CellNumber(const arrow::Array& column, int64_t row);
/// The bytes of a cell; none for null. They live as long as `column`.
std::string_view CellBytes(const arrow::Array& column, int64_t row);

/// That part of a batch. Throws kInvalidFile where it is not there.
std::shared_ptr<arrow::Array> PartOf(const arrow::RecordBatch& batch, const ColumnPart& part);

}  // namespace kani::train
