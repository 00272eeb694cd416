#include "train/import/table_dialect.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "train/import/text_lines.h"

namespace kani::train {
namespace {

constexpr size_t kMaxSeenLines = 1000;

struct KnownName {
  std::string_view name;
  Column column;
};
constexpr KnownName kKnownNames[] = {
    {"id", Column::kAudio},
    {"audio", Column::kAudio},
    {"audio_file", Column::kAudio},
    {"audio_filepath", Column::kAudio},
    {"audio_path", Column::kAudio},
    {"file", Column::kAudio},
    {"file_name", Column::kAudio},
    {"filename", Column::kAudio},
    {"file_path", Column::kAudio},
    {"path", Column::kAudio},
    {"recording_id", Column::kAudio},
    {"utterance_id", Column::kAudio},
    {"wav", Column::kAudio},
    {"wav_file", Column::kAudio},
    {"wav_path", Column::kAudio},
    {"text", Column::kText},
    {"raw_text", Column::kText},
    {"sentence", Column::kText},
    {"transcript", Column::kText},
    {"transcription", Column::kText},
    {"normalised", Column::kNormalised},
    {"normalized", Column::kNormalised},
    {"normalised_text", Column::kNormalised},
    {"normalized_text", Column::kNormalised},
    {"text_normalized", Column::kNormalised},
    {"normalized_transcription", Column::kNormalised},
    {"speaker", Column::kSpeaker},
    {"speaker_id", Column::kSpeaker},
    {"speaker_name", Column::kSpeaker},
    {"spk", Column::kSpeaker},
    {"client_id", Column::kSpeaker},
    {"lang", Column::kLanguage},
    {"language", Column::kLanguage},
    {"locale", Column::kLanguage},
};

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool Has(const std::vector<Column>& columns, Column wanted) {
  return std::ranges::find(columns, wanted) != columns.end();
}

bool AreEnough(const std::vector<Column>& columns) {
  return Has(columns, Column::kAudio) &&
         (Has(columns, Column::kText) || Has(columns, Column::kNormalised));
}

/// Columns that occur once; a name that says the same as one before it is left out.
std::vector<Column> NamedColumns(std::span<const std::string> names) {
  std::vector<Column> out;
  for (const std::string& name : names) {
    const Column column = ColumnOf(name);
    out.push_back(Has(out, column) ? Column::kIgnored : column);
  }
  return out;
}

/// The field that begins at `rest` in quotes, and what is behind it; false if it is none: a quote
/// that is closed is followed by a separator or the end.
bool TakeQuoted(std::string_view& rest, char separator, std::string& field) {
  if (!rest.starts_with('"')) return false;
  field.clear();
  for (size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] != '"') {
      field += rest[i];
    } else if (i + 1 < rest.size() && rest[i + 1] == '"') {
      field += rest[i++];
    } else {
      if (i + 1 < rest.size() && rest[i + 1] != separator) return false;
      rest.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

/// The first lines, for looking at.
std::vector<std::string_view> FirstLines(std::string_view head) {
  std::vector<std::string_view> lines;
  while (!head.empty() && lines.size() < kMaxSeenLines) {
    const size_t end = head.find('\n');
    const std::string_view line = Trimmed(head.substr(0, end));
    if (!line.empty()) lines.push_back(line);
    head.remove_prefix(end == std::string_view::npos ? head.size() : end + 1);
  }
  return lines;
}

/// Whether a writer of quotes made these lines: all begin with one, or one has "" in quotes, or a
/// separator.
bool AreQuoted(const std::vector<std::string_view>& lines, char separator) {
  if (std::ranges::all_of(lines, [](std::string_view line) { return line.starts_with('"'); })) {
    return true;
  }
  const auto is_quoted = [&](std::string_view line) {
    const TableDialect dialect{separator, true, false, {}};
    std::vector<std::string> quoted, plain;
    if (!SplitFields(line, dialect, quoted)) return false;
    SplitFields(line, {separator, false, false, {}}, plain);
    return quoted.size() != plain.size() ||
           (line.find("\"\"") != std::string_view::npos && quoted != plain);
  };
  return std::ranges::any_of(lines, is_quoted);
}

/// Words in lower case.
std::set<std::string> Words(std::string_view text) {
  std::set<std::string> out;
  std::string word;
  for (const char c : StrCat(text, " ")) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || byte >= 0x80) {
      word += static_cast<char>(std::tolower(byte));
    } else if (!word.empty()) {
      out.insert(std::exchange(word, ""));
    }
  }
  return out;
}

/// What one column of a list without a header looks like.
class ColumnEvidence {
 public:
  void Add(const std::string& value) {
    ++count_;
    values_.insert(value);
    bytes_ += value.size();
    has_long_ = has_long_ || value.size() > 40;
    const bool is_tag = value.size() >= 2 && value.size() <= 5 &&
                        std::all_of(value.begin(), value.end(),
                                    [](unsigned char c) { return std::isalpha(c) || c == '-'; });
    are_tags_ = are_tags_ && is_tag;
    are_numbers_ = are_numbers_ && !value.empty() && value.size() <= 5 &&
                   std::ranges::all_of(value, [](unsigned char c) { return std::isdigit(c) != 0; });
  }
  /// Numbers, or few, short and repeated.
  bool IsLikeSpeakers() const {
    if (are_numbers_) return true;
    return !has_long_ && 2 * values_.size() <= count_ + (count_ == 1 ? 1 : 0) &&
           !values_.contains("");
  }
  bool IsLikeLanguages() const { return are_tags_ && IsLikeSpeakers(); }
  double MeanBytes() const { return static_cast<double>(bytes_) / static_cast<double>(count_); }

 private:
  size_t count_ = 0, bytes_ = 0;
  std::set<std::string> values_;
  bool has_long_ = false, are_tags_ = true, are_numbers_ = true;
};

/// Whether the third field says what the second does, in other words: shares of words, so that
/// "Dr. Smith, 42" and "Doctor Smith, forty-two" count.
bool ThirdResemblesSecond(const std::vector<std::vector<std::string>>& rows) {
  constexpr double kShared = 0.3;
  size_t words = 0, shared = 0;
  bool any = false;
  for (const std::vector<std::string>& row : rows) {
    if (row[2].empty()) continue;
    any = true;
    const std::set<std::string> second = Words(row[1]), third = Words(row[2]);
    words += second.size();
    for (const std::string& word : second) shared += third.contains(word) ? 1 : 0;
  }
  return !any || static_cast<double>(shared) >= kShared * static_cast<double>(words);
}

/// By what stands in the columns of a list without a header. Empty if it is not clear.
std::vector<Column> ColumnsByContent(const std::vector<std::vector<std::string>>& rows) {
  const size_t count = rows[0].size();
  if (count == 2) return {Column::kAudio, Column::kText};
  std::vector<ColumnEvidence> evidence(count);
  for (const std::vector<std::string>& row : rows) {
    for (size_t i = 0; i < count; ++i) evidence[i].Add(row[i]);
  }
  if (count == 3) {
    const bool second = evidence[1].IsLikeSpeakers(), third = evidence[2].IsLikeSpeakers();
    const bool third_is_longer = evidence[2].MeanBytes() > evidence[1].MeanBytes();
    if (ThirdResemblesSecond(rows)) return {Column::kAudio, Column::kText, Column::kNormalised};
    if (second && third_is_longer) return {Column::kAudio, Column::kSpeaker, Column::kText};
    if (third && !third_is_longer) return {Column::kAudio, Column::kText, Column::kSpeaker};
  }
  if (count == 4 && evidence[1].IsLikeSpeakers() && evidence[2].IsLikeLanguages()) {
    return {Column::kAudio, Column::kSpeaker, Column::kLanguage, Column::kText};
  }
  return {};
}

char SeparatorOf(std::string_view first_line) {
  for (const char separator : {'|', '\t', ',', ';'}) {
    if (first_line.find(separator) != std::string_view::npos) return separator;
  }
  return '|';
}

/// Both stand in texts too.
bool IsSign(char separator) { return separator == ',' || separator == ';'; }

/// Fields of the lines that have most of them: LJSpeech's last field may be missing.
std::vector<std::vector<std::string>> RowsOf(const std::vector<std::string_view>& lines,
                                             const TableDialect& dialect) {
  std::vector<std::vector<std::string>> rows;
  for (const std::string_view line : lines) {
    std::vector<std::string> fields;
    SplitFields(line, dialect, fields);
    if (!rows.empty() && fields.size() > rows[0].size()) rows.clear();
    if (rows.empty() || fields.size() == rows[0].size()) rows.push_back(std::move(fields));
  }
  return rows;
}

}  // namespace

Column ColumnOf(std::string_view name) {
  const std::string lower = Lower(name);
  const auto* known = std::ranges::find(kKnownNames, lower, &KnownName::name);
  return known == std::end(kKnownNames) ? Column::kIgnored : known->column;
}

bool SplitFields(std::string_view line, const TableDialect& dialect,
                 std::vector<std::string>& fields) {
  size_t count = 0;
  bool is_closed = true;
  const auto add = [&](std::string_view field) {
    if (count == fields.size()) fields.emplace_back();
    fields[count++] = Trimmed(field);
  };
  std::string quoted;
  for (bool more = true; more;) {
    if (dialect.quoted && TakeQuoted(line, dialect.separator, quoted)) {
      add(quoted);
      more = !line.empty();
      line.remove_prefix(more ? 1 : 0);
      continue;
    }
    is_closed = is_closed && !(dialect.quoted && line.starts_with('"'));
    const size_t end = line.find(dialect.separator);
    add(line.substr(0, end));
    more = end != std::string_view::npos;
    line.remove_prefix(more ? end + 1 : line.size());
  }
  fields.resize(count);
  return is_closed;
}

TableDialect RecogniseTable(std::string_view head, const std::string& source,
                            std::span<const std::string> columns) {
  TableDialect dialect;
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  const std::vector<std::string_view> lines = FirstLines(head);
  if (lines.empty()) return dialect;
  dialect.separator = SeparatorOf(lines[0]);
  dialect.quoted = IsSign(dialect.separator) || AreQuoted(lines, dialect.separator);
  std::vector<std::string> names;
  SplitFields(lines[0], dialect, names);
  const std::vector<Column> header = NamedColumns(names);
  dialect.has_header = AreEnough(header);
  if (!columns.empty()) {
    dialect.columns = NamedColumns(columns);
    if (!AreEnough(dialect.columns)) {
      Fail(ErrorCode::kInvalidArgument,
           "columns: expected one of the recording and one of the text");
    }
    return dialect;
  }
  if (dialect.has_header) {
    dialect.columns = header;
    return dialect;
  }
  const std::vector<std::vector<std::string>> rows = RowsOf(lines, dialect);
  if (rows[0].size() < 2 || IsSign(dialect.separator)) {
    const std::string message =
        StrCat(source, ":1: ", Quoted(lines[0]),
               ", expected fields with | between them, id|text or id|text|normalised, or a header");
    if (rows[0].size() < 2) Fail(ErrorCode::kInvalidFile, message);
    throw UnclearColumnsError(message);  // without a header, commas stand in every text
  }
  dialect.columns = ColumnsByContent(rows);
  if (dialect.columns.empty()) {
    std::string fields;
    for (const std::string& field : rows[0])
      fields += (fields.empty() ? "" : " | ") + Quoted(field);
    throw UnclearColumnsError(StrCat(source, ": what its ", rows[0].size(),
                                     " columns hold is not clear, the first line has ", fields));
  }
  return dialect;
}

}  // namespace kani::train
