// How a list of recordings with one line each is to be read: what parts its fields, whether they
// are quoted, whether the first line names them, and what each holds. Recognised by evidence.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace kani::train {

enum class Column { kAudio, kText, kNormalised, kSpeaker, kLanguage, kIgnored };

struct TableDialect {
  char separator = '|';
  bool quoted = false;  ///< fields may stand in "…", with "" for a quote in them
  bool has_header = false;
  std::vector<Column> columns;
};

/// What the columns hold is not clear: whoever asked has to say. A front end adds how.
class UnclearColumnsError : public Error {
 public:
  explicit UnclearColumnsError(std::string message)
      : Error(ErrorCode::kInvalidFile, std::move(message)) {}
};

/// A column by a name that people give it in headers: "audio_file", "text", "speaker_name";
/// kIgnored for any other.
Column ColumnOf(std::string_view name);

/// Cuts a line into fields, trimmed, into `fields`. False for a quoted field that is not closed on
/// its line.
bool SplitFields(std::string_view line, const TableDialect& dialect,
                 std::vector<std::string>& fields);

/// @param head the list or its first lines
/// @param columns their names, where the user said; empty to look. "-" is a column to leave out
/// Throws kInvalidFile, UnclearColumnsError, or kInvalidArgument for `columns` without audio and
/// text.
TableDialect RecogniseTable(std::string_view head, const std::string& source,
                            std::span<const std::string> columns);

}  // namespace kani::train
