#include "formats/json.h"

#include <cmath>
#include <utility>

#include "base/error.h"

namespace kani::formats {
namespace {

constexpr int kMaxDepth = 64;

std::string Shown(const nlohmann::json& value) {
  return Quoted(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

/// Parses text of bounded nesting; see nlohmann::json::parse for the callback.
nlohmann::json Parse(std::string_view text, std::string_view source,
                     const nlohmann::json::parser_callback_t& on_event = nullptr) {
  CheckBrackets(text, source);
  try {
    return nlohmann::json::parse(text, on_event);
  } catch (const nlohmann::json::exception& error) {
    Fail(ErrorCode::kInvalidFile, source, ": not valid JSON: ", Quoted(error.what()));
  }
}

}  // namespace

bool IsUtf8(std::string_view text) {
  try {
    (void)nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

void CheckBrackets(std::string_view text, std::string_view source) {
  int depth = 0;
  bool in_string = false, escaped = false;
  for (const char c : text) {
    if (in_string) {
      if (c == '"' && !escaped) in_string = false;
      escaped = c == '\\' && !escaped;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxDepth) {
        Fail(ErrorCode::kInvalidFile, source, ": JSON nested deeper than ", kMaxDepth, " levels");
      }
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  if (in_string || depth > 0) {
    Fail(ErrorCode::kInvalidFile, source, ": not valid JSON: cut short after ", text.size(),
         " bytes, inside ", in_string ? "a string" : "brackets");
  }
}

nlohmann::json ParseJson(std::string_view text, std::string_view source) {
  return Parse(text, source);
}

void ForEachMember(std::string_view text, std::string_view source, const MemberVisitor& visit) {
  using Event = nlohmann::json::parse_event_t;
  std::string name;
  const auto on_event = [&](int depth, Event event, nlohmann::json& value) {
    const bool opens = event == Event::object_start || event == Event::array_start;
    if (depth == 0 && event != Event::object_start && event != Event::object_end) {
      Fail(ErrorCode::kInvalidFile, source, ": expected a JSON object");
    }
    if (depth != 1 || opens) return true;
    if (event == Event::key) {
      name = value.get<std::string>();
      return true;
    }
    visit(name, value);
    return false;
  };
  Parse(text, source, on_event);
}

JsonReader::JsonReader(const nlohmann::json& object, std::string source)
    : object_(object), source_(std::move(source)) {
  if (!object.is_object()) {
    Fail(ErrorCode::kInvalidFile, source_, ": expected a JSON object, found ", Shown(object));
  }
}

bool JsonReader::Has(std::string_view key) const { return Find(key) != nullptr; }

const nlohmann::json* JsonReader::Find(std::string_view key) const {
  const auto found = object_.find(std::string(key));
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

const nlohmann::json& JsonReader::Required(std::string_view key, std::string_view expected) const {
  const nlohmann::json* value = Find(key);
  if (value == nullptr) {
    Fail(ErrorCode::kInvalidFile, source_, ": key ", Quoted(key), " is missing, expected ",
         expected);
  }
  return *value;
}

void JsonReader::WrongType(std::string_view key, const nlohmann::json& found,
                           std::string_view expected) const {
  Fail(ErrorCode::kInvalidFile, source_, ": key ", Quoted(key), ": expected ", expected, ", found ",
       Shown(found));
}

int64_t JsonReader::Int(std::string_view key, int64_t low, int64_t high) const {
  const std::string expected = StrCat("an integer in [", low, ", ", high, "]");
  const nlohmann::json& value = Required(key, expected);
  if (!value.is_number_integer() ||
      (value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) ||
      value.get<int64_t>() < low || value.get<int64_t>() > high) {
    WrongType(key, value, expected);
  }
  return value.get<int64_t>();
}

std::optional<int64_t> JsonReader::OptionalInt(std::string_view key, int64_t low,
                                               int64_t high) const {
  if (!Has(key)) return std::nullopt;
  return Int(key, low, high);
}

double JsonReader::Number(std::string_view key) const {
  const nlohmann::json& value = Required(key, "a number");
  if (!value.is_number() || !std::isfinite(value.get<double>())) {
    WrongType(key, value, "a finite number");
  }
  return value.get<double>();
}

std::optional<double> JsonReader::OptionalNumber(std::string_view key) const {
  if (!Has(key)) return std::nullopt;
  return Number(key);
}

std::optional<double> JsonReader::OptionalNumber(std::string_view key, double low,
                                                 double high) const {
  const std::optional<double> value = OptionalNumber(key);
  if (value && (*value < low || *value > high)) {
    WrongType(key, *Find(key), StrCat("a number in [", low, ", ", high, "]"));
  }
  return value;
}

std::optional<bool> JsonReader::OptionalBool(std::string_view key) const {
  const nlohmann::json* value = Find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) WrongType(key, *value, "true or false");
  return value->get<bool>();
}

std::string JsonReader::String(std::string_view key) const {
  const nlohmann::json& value = Required(key, "a string");
  if (!value.is_string()) WrongType(key, value, "a string");
  return value.get<std::string>();
}

std::optional<std::string> JsonReader::OptionalString(std::string_view key) const {
  if (!Has(key)) return std::nullopt;
  return String(key);
}

std::vector<int64_t> JsonReader::Ints(std::string_view key) const {
  const nlohmann::json& value = Required(key, "an array of integers");
  std::vector<int64_t> out;
  if (!value.is_array()) WrongType(key, value, "an array of integers");
  for (const nlohmann::json& element : value) {
    if (!element.is_number_integer() ||
        (element.is_number_unsigned() &&
         element.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX))) {
      WrongType(key, value, "an array of integers");
    }
    out.push_back(element.get<int64_t>());
  }
  return out;
}

std::vector<std::string> JsonReader::Strings(std::string_view key) const {
  const nlohmann::json& value = Required(key, "an array of strings");
  std::vector<std::string> out;
  if (!value.is_array()) WrongType(key, value, "an array of strings");
  for (const nlohmann::json& element : value) {
    if (!element.is_string()) WrongType(key, value, "an array of strings");
    out.push_back(element.get<std::string>());
  }
  return out;
}

const nlohmann::json& JsonReader::Object(std::string_view key) const {
  const nlohmann::json& value = Required(key, "an object");
  if (!value.is_object()) WrongType(key, value, "an object");
  return value;
}

const nlohmann::json& JsonReader::Array(std::string_view key) const {
  const nlohmann::json& value = Required(key, "an array");
  if (!value.is_array()) WrongType(key, value, "an array");
  return value;
}

}  // namespace kani::formats
