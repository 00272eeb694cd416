// One mapping of a YAML file.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kani::formats {

/// Each Read() leaves the value as it is where the key is absent or null, and throws kInvalidFile
/// with file and line where it is something else than asked for. It makes the key known, for a
/// reader that ends with RejectUnknown().
class YamlSection {
 public:
  /// `name` is where the mapping stands in the file, "" for the whole.
  YamlSection(const YAML::Node& node, std::string source, std::string name = "");

  void Read(const std::string& key, bool& value);
  void Read(const std::string& key, std::string& value);
  void Read(const std::string& key, int64_t& value, int64_t low, int64_t high);
  void Read(const std::string& key, double& value, double low, double high);
  /// Null and absent are nullopt.
  template <typename T, typename... Range>
  void Read(const std::string& key, std::optional<T>& value, Range... range) {
    value.reset();
    if (!Find(key)) return;
    Read(key, value.emplace(), range...);
  }
  /// A list of 1 to `max_count` integers.
  void Read(const std::string& key, std::vector<int64_t>& value, size_t max_count, int64_t low,
            int64_t high);
  /// A list of strings, or one alone.
  void Read(const std::string& key, std::vector<std::string>& value);
  /// Throws unless the value is one of these.
  void ReadChoice(const std::string& key, std::string& value,
                  const std::vector<std::string>& choices);
  std::optional<YamlSection> Child(const std::string& key);
  std::vector<YamlSection> Children(const std::string& key);
  /// Throws unless the key has been there.
  void Require(const std::string& key) const;
  /// Throws for a key of the file that was not asked for or stands there twice. Call it last.
  void RejectUnknown() const;
  /// For messages: the file, and where the mapping stands in it.
  std::string source() const;

 private:
  std::optional<YAML::Node> Find(const std::string& key);
  /// The key's value, which must be a scalar.
  std::optional<YAML::Node> FindScalar(const std::string& key, const std::string& expected);
  /// Throws for a key that is no word, or stands there twice.
  void RequireWords() const;
  bool IsInt(const YAML::Node& node, int64_t low, int64_t high, int64_t& value) const;
  std::string Where(const YAML::Node& node) const;
  [[noreturn]] void WrongValue(const std::string& key, const YAML::Node& found,
                               const std::string& expected) const;

  YAML::Node node_;
  std::string source_, name_;
  std::vector<std::string> known_;
};

}  // namespace kani::formats
