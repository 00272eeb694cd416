// Checked access to foreign JSON: every miss is an Error that names file, key, expected and found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kani::formats {

bool IsUtf8(std::string_view text);

/// Throws kInvalidFile for JSON that is nested deeper than 64 levels, before any library recurses
/// over it, or ends inside a string or brackets: a file that was cut short.
void CheckBrackets(std::string_view text, std::string_view source);

/// Throws kInvalidFile for anything that is not UTF-8 JSON or is nested deeper than 64 levels.
nlohmann::json ParseJson(std::string_view text, std::string_view source);

using MemberVisitor = std::function<void(const std::string& name, const nlohmann::json& value)>;
/// Parses one JSON object and shows each of its members in the order of the file as soon as it is
/// read, also those of a name that occurs twice; none is kept. Throws as ParseJson does, and
/// kInvalidFile for anything but an object.
void ForEachMember(std::string_view text, std::string_view source, const MemberVisitor& visit);

/// Reads typed members of one JSON object. Does not own the object.
class JsonReader {
 public:
  /// Throws kInvalidFile if `object` is not a JSON object.
  JsonReader(const nlohmann::json& object, std::string source);

  bool Has(std::string_view key) const;
  /// Null and absent are the same.
  const nlohmann::json* Find(std::string_view key) const;
  int64_t Int(std::string_view key, int64_t low, int64_t high) const;
  std::optional<int64_t> OptionalInt(std::string_view key, int64_t low, int64_t high) const;
  /// Finite numbers only.
  double Number(std::string_view key) const;
  std::optional<double> OptionalNumber(std::string_view key) const;
  std::optional<double> OptionalNumber(std::string_view key, double low, double high) const;
  std::optional<bool> OptionalBool(std::string_view key) const;
  std::string String(std::string_view key) const;
  std::optional<std::string> OptionalString(std::string_view key) const;
  std::vector<int64_t> Ints(std::string_view key) const;
  std::vector<std::string> Strings(std::string_view key) const;
  const nlohmann::json& Object(std::string_view key) const;
  const nlohmann::json& Array(std::string_view key) const;
  const std::string& source() const { return source_; }

 private:
  const nlohmann::json& Required(std::string_view key, std::string_view expected) const;
  [[noreturn]] void WrongType(std::string_view key, const nlohmann::json& found,
                              std::string_view expected) const;
  const nlohmann::json& object_;
  std::string source_;
};

}  // namespace kani::formats
