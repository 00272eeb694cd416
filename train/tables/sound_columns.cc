#include "train/tables/sound_columns.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "train/import/table_dialect.h"

namespace kani::train {
namespace {

using arrow::Type;

bool IsText(const arrow::DataType& type) {
  if (type.id() == Type::DICTIONARY) {
    return IsText(*static_cast<const arrow::DictionaryType&>(type).value_type());
  }
  return type.id() == Type::STRING || type.id() == Type::LARGE_STRING ||
         type.id() == Type::STRING_VIEW;
}

bool IsBytes(const arrow::DataType& type) {
  return type.id() == Type::BINARY || type.id() == Type::LARGE_BINARY ||
         type.id() == Type::BINARY_VIEW;
}

bool IsNumber(const arrow::DataType& type) {
  return arrow::is_integer(type.id()) || type.id() == Type::FLOAT || type.id() == Type::DOUBLE;
}

/// A name can be a number: speakers, rows.
bool IsName(const arrow::DataType& type) { return IsText(type) || arrow::is_integer(type.id()); }

std::string ListOf(const arrow::Schema& schema) {
  std::string list;
  for (const auto& field : schema.fields()) {
    list += StrCat(list.empty() ? "" : ", ", Quoted(field->name()), " (", field->type()->ToString(),
                   ")");
  }
  return list.empty() ? "none" : list;
}

class Finder {
 public:
  Finder(const arrow::Schema& schema, const std::string& source)
      : schema_(schema), source_(source) {}

  /// The columns that `fits` takes, in their order.
  template <typename Fits>
  std::vector<const arrow::Field*> All(const Fits& fits) const {
    std::vector<const arrow::Field*> out;
    for (const auto& field : schema_.fields()) {
      // Of two columns of one name none can be meant.
      if (fits(*field) && schema_.GetAllFieldIndices(field->name()).size() == 1) {
        out.push_back(field.get());
      }
    }
    return out;
  }
  /// The only one, or null. Throws for several.
  template <typename Fits>
  const arrow::Field* One(const char* what, const Fits& fits) const {
    const std::vector<const arrow::Field*> all = All(fits);
    if (all.size() > 1) {
      Unclear(StrCat("columns ", Quoted(all[0]->name()), " and ", Quoted(all[1]->name()),
                     " both look like ", what));
    }
    return all.empty() ? nullptr : all[0];
  }
  /// The first whose name means `column`, or "".
  std::string First(Column column, bool (*is_type)(const arrow::DataType&)) const {
    const auto all = All([&](const arrow::Field& field) {
      return ColumnOf(field.name()) == column && is_type(*field.type());
    });
    return all.empty() ? "" : all[0]->name();
  }
  std::string FirstNumber(std::initializer_list<std::string_view> names) const {
    const auto all = All([&](const arrow::Field& field) {
      return std::ranges::find(names, std::string_view(field.name())) != names.end() &&
             IsNumber(*field.type());
    });
    return all.empty() ? "" : all[0]->name();
  }

  [[noreturn]] void Unclear(const std::string& what) const {
    throw UnclearColumnsError(StrCat(source_, ": ", what, "; its columns are ", ListOf(schema_)));
  }

 private:
  const arrow::Schema& schema_;
  const std::string& source_;
};

/// A field of a struct of that name and kind.
bool HasField(const arrow::Field& column, const char* name,
              bool (*is_type)(const arrow::DataType&)) {
  if (column.type()->id() != Type::STRUCT) return false;
  const auto& type = static_cast<const arrow::StructType&>(*column.type());
  const auto field = type.GetFieldByName(name);
  return field != nullptr && is_type(*field->type());
}

/// The `Audio` of `datasets`, a file as bytes, or its name.
void SetSound(const arrow::Field& column, SoundColumns& out) {
  const std::string& name = column.name();
  if (HasField(column, "bytes", &IsBytes)) out.sound = {name, "bytes"};
  if (HasField(column, "path", &IsText)) out.sound_path = {name, "path"};
  if (IsBytes(*column.type())) out.sound = {name, ""};
  if (IsText(*column.type())) out.sound_path = {name, ""};
}

void FindSound(const Finder& finder, SoundColumns& out) {
  const auto is_audio = [](const arrow::Field& field) {
    return HasField(field, "bytes", &IsBytes);
  };
  const auto is_named = [](const arrow::Field& field) {
    return ColumnOf(field.name()) == Column::kAudio;
  };
  const arrow::Field* found = finder.One("the recording", is_audio);
  if (found == nullptr) {
    found = finder.One("the recording", [&](const arrow::Field& field) {
      return IsBytes(*field.type()) && (is_named(field) || field.name() == "bytes");
    });
  }
  if (found == nullptr) {
    const auto names = finder.All([&](const arrow::Field& field) {
      return is_named(field) && IsText(*field.type()) && field.name() != "id";
    });
    if (!names.empty()) found = names[0];
  }
  if (found != nullptr) SetSound(*found, out);
}

/// The normalised text before the text as written.
void FindText(const Finder& finder, SoundColumns& out) {
  out.text = finder.First(Column::kNormalised, &IsText);
  if (!out.text.empty()) return;
  const arrow::Field* text = finder.One("the text", [](const arrow::Field& field) {
    return ColumnOf(field.name()) == Column::kText && IsText(*field.type());
  });
  if (text != nullptr) out.text = text->name();
}

void TakeNamed(const arrow::Schema& schema, const std::string& named, const std::string& source,
               SoundColumns& out) {
  const size_t equals = named.find('=');
  const std::string role = named.substr(0, equals);
  const Column column = ColumnOf(role);
  if (equals == std::string::npos || column == Column::kIgnored) {
    Fail(ErrorCode::kInvalidArgument, source, ": column ", Quoted(named),
         ": a table has names, expected audio=, text=, speaker= or language= and one of them");
  }
  const std::string name = named.substr(equals + 1);
  const auto field = schema.GetFieldByName(name);
  if (field == nullptr) {
    Fail(ErrorCode::kInvalidArgument, source, ": has no single column ", Quoted(name),
         ", expected one of ", ListOf(schema));
  }
  if (column == Column::kAudio) SetSound(*field, out);
  if (column == Column::kText || column == Column::kNormalised) out.text = name;
  if (column == Column::kSpeaker) out.speaker = name;
  if (column == Column::kLanguage) out.language = name;
}

/// Calls visit(array, index) with the values behind a dictionary.
template <typename Visit>
auto Resolved(const arrow::Array& column, int64_t row, const Visit& visit) {
  if (column.type_id() != Type::DICTIONARY) return visit(column, row);
  const auto& coded = static_cast<const arrow::DictionaryArray&>(column);
  return visit(*coded.dictionary(), coded.GetValueIndex(row));
}

std::string_view ViewOf(const arrow::Array& column, int64_t row) {
  switch (column.type_id()) {
    case Type::STRING:
    case Type::BINARY:
      return static_cast<const arrow::BinaryArray&>(column).GetView(row);
    case Type::LARGE_STRING:
    case Type::LARGE_BINARY:
      return static_cast<const arrow::LargeBinaryArray&>(column).GetView(row);
    case Type::STRING_VIEW:
    case Type::BINARY_VIEW:
      return static_cast<const arrow::BinaryViewArray&>(column).GetView(row);
    default:
      Fail(ErrorCode::kInvalidFile, "a column of ", column.type()->ToString(),
           ", expected text or bytes");
  }
}

std::shared_ptr<arrow::Scalar> ScalarOf(const arrow::Array& column, int64_t row) {
  const auto scalar = column.GetScalar(row);
  if (!scalar.ok()) Fail(ErrorCode::kInvalidFile, Quoted(scalar.status().message()));
  return *scalar;
}

}  // namespace

std::vector<ColumnPart> SoundColumns::Described() const {
  std::vector<ColumnPart> parts;
  if (!sound_path.column.empty()) parts.push_back(sound_path);
  for (const std::string* name : {&text, &speaker, &language, &id, &seconds, &dnsmos}) {
    if (!name->empty()) parts.push_back({*name, ""});
  }
  return parts;
}

SoundColumns FindSoundColumns(const arrow::Schema& schema, std::span<const std::string> named,
                              const std::string& source) {
  const Finder finder(schema, source);
  SoundColumns out;
  for (const std::string& name : named) TakeNamed(schema, name, source, out);
  if (out.sound.column.empty() && out.sound_path.column.empty()) FindSound(finder, out);
  if (out.text.empty()) FindText(finder, out);
  if (out.speaker.empty()) out.speaker = finder.First(Column::kSpeaker, &IsName);
  if (out.language.empty()) out.language = finder.First(Column::kLanguage, &IsText);
  const auto ids = finder.All([](const arrow::Field& field) {
    return (field.name() == "id" || field.name() == "segment_id") && IsName(*field.type());
  });
  if (!ids.empty()) out.id = ids[0]->name();
  out.seconds = finder.FirstNumber({"duration", "audio_duration"});
  out.dnsmos = finder.FirstNumber({"dnsmos"});
  if (out.sound.column.empty() && out.sound_path.column.empty()) {
    finder.Unclear(
        "has no column of recordings: files of sound as bytes, alone or in a struct beside their "
        "path, or their names (samples as numbers are not read)");
  }
  if (out.text.empty()) finder.Unclear("has no column of texts");
  return out;
}

std::string_view CellBytes(const arrow::Array& column, int64_t row) {
  if (column.IsNull(row)) return {};
  return Resolved(column, row, [](const arrow::Array& values, int64_t index) {
    return values.IsNull(index) ? std::string_view() : ViewOf(values, index);
  });
}

std::string CellText(const arrow::Array& column, int64_t row) {
  if (!arrow::is_integer(column.type_id())) return std::string(CellBytes(column, row));
  return column.IsNull(row) ? "" : ScalarOf(column, row)->ToString();
}

double CellNumber(const arrow::Array& column, int64_t row) {
  if (column.IsNull(row)) return 0;
  switch (column.type_id()) {
    case Type::FLOAT:
      return static_cast<const arrow::FloatArray&>(column).Value(row);
    case Type::DOUBLE:
      return static_cast<const arrow::DoubleArray&>(column).Value(row);
    default:
      return std::stod(ScalarOf(column, row)->ToString());
  }
}

std::shared_ptr<arrow::Array> PartOf(const arrow::RecordBatch& batch, const ColumnPart& part) {
  std::shared_ptr<arrow::Array> column = batch.GetColumnByName(part.column);
  if (column != nullptr && !part.field.empty()) {
    column = column->type_id() == Type::STRUCT
                 ? static_cast<const arrow::StructArray&>(*column).GetFieldByName(part.field)
                 : nullptr;
  }
  if (column == nullptr) {
    Fail(ErrorCode::kInvalidFile, "has no column ", Quoted(part.column), " ", part.field);
  }
  return column;
}

}  // namespace kani::train
