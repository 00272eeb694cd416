#include "formats/yaml_section.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/nearest.h"

namespace kani::formats {
namespace {

std::string Shown(const YAML::Node& node) {
  if (node.IsScalar()) return Quoted(node.Scalar());
  return node.IsSequence() ? "a list" : node.IsMap() ? "a mapping" : "nothing";
}

}  // namespace

YamlSection::YamlSection(const YAML::Node& node, std::string source, std::string name)
    : node_(node), source_(std::move(source)), name_(std::move(name)) {
  if (!node_.IsMap()) {
    Fail(ErrorCode::kInvalidFile, Where(node_), "expected a mapping, found ", Shown(node_));
  }
}

std::string YamlSection::source() const {
  return StrCat(source_, name_.empty() ? "" : ": ", name_);
}

std::string YamlSection::Where(const YAML::Node& node) const {
  const std::string line = node.Mark().is_null() ? "" : StrCat(":", node.Mark().line + 1);
  return StrCat(source_, line, ": ", name_, name_.empty() ? "" : ": ");
}

void YamlSection::WrongValue(const std::string& key, const YAML::Node& found,
                             const std::string& expected) const {
  Fail(ErrorCode::kInvalidFile, Where(found), "key ", Quoted(key), ": expected ", expected,
       ", found ", Shown(found));
}

std::optional<YAML::Node> YamlSection::Find(const std::string& key) {
  if (std::ranges::find(known_, key) == known_.end()) known_.push_back(key);
  // Of a constant node, so that asking for a key does not add it.
  const YAML::Node value = std::as_const(node_)[key];
  if (!value.IsDefined() || value.IsNull()) return std::nullopt;
  return value;
}

std::optional<YAML::Node> YamlSection::FindScalar(const std::string& key,
                                                  const std::string& expected) {
  const std::optional<YAML::Node> node = Find(key);
  if (node && !node->IsScalar()) WrongValue(key, *node, expected);
  return node;
}

bool YamlSection::IsInt(const YAML::Node& node, int64_t low, int64_t high, int64_t& value) const {
  return node.IsScalar() && YAML::convert<int64_t>::decode(node, value) && value >= low &&
         value <= high;
}

void YamlSection::Read(const std::string& key, bool& value) {
  const std::optional<YAML::Node> node = FindScalar(key, "true or false");
  if (node && !YAML::convert<bool>::decode(*node, value)) WrongValue(key, *node, "true or false");
}

void YamlSection::Read(const std::string& key, std::string& value) {
  if (const std::optional<YAML::Node> node = FindScalar(key, "a text")) value = node->Scalar();
}

void YamlSection::Read(const std::string& key, int64_t& value, int64_t low, int64_t high) {
  const std::string expected = StrCat("an integer in [", low, ", ", high, "]");
  const std::optional<YAML::Node> node = FindScalar(key, expected);
  if (node && !IsInt(*node, low, high, value)) WrongValue(key, *node, expected);
}

void YamlSection::Read(const std::string& key, double& value, double low, double high) {
  const std::string expected = StrCat("a number in [", low, ", ", high, "]");
  const std::optional<YAML::Node> node = FindScalar(key, expected);
  if (!node) return;
  if (!YAML::convert<double>::decode(*node, value) || !(value >= low && value <= high)) {
    WrongValue(key, *node, expected);
  }
}

void YamlSection::Read(const std::string& key, std::vector<int64_t>& value, size_t max_count,
                       int64_t low, int64_t high) {
  const std::optional<YAML::Node> node = Find(key);
  if (!node) return;
  if (!node->IsSequence() || node->size() == 0 || node->size() > max_count) {
    WrongValue(key, *node, StrCat("a list of 1 to ", max_count, " integers"));
  }
  value.clear();
  for (const YAML::Node& element : *node) {
    if (!IsInt(element, low, high, value.emplace_back())) {
      WrongValue(key, element, StrCat("integers in [", low, ", ", high, "]"));
    }
  }
}

void YamlSection::Read(const std::string& key, std::vector<std::string>& value) {
  const std::optional<YAML::Node> node = Find(key);
  if (!node) return;
  value.clear();
  if (node->IsScalar()) {
    value.push_back(node->Scalar());
    return;
  }
  if (!node->IsSequence()) WrongValue(key, *node, "a list of texts");
  for (const YAML::Node& element : *node) {
    if (!element.IsScalar()) WrongValue(key, element, "a list of texts");
    value.push_back(element.Scalar());
  }
}

void YamlSection::ReadChoice(const std::string& key, std::string& value,
                             const std::vector<std::string>& choices) {
  const std::optional<YAML::Node> node = FindScalar(key, "a text");
  if (!node) return;
  value = node->Scalar();
  if (std::ranges::find(choices, value) != choices.end()) return;
  std::string expected = "one of";
  for (const std::string& choice : choices) expected += " " + choice;
  WrongValue(key, *node, expected);
}

std::optional<YamlSection> YamlSection::Child(const std::string& key) {
  const std::optional<YAML::Node> node = Find(key);
  if (!node) return std::nullopt;
  return YamlSection(*node, source_, name_.empty() ? key : StrCat(name_, ": ", key));
}

std::vector<YamlSection> YamlSection::Children(const std::string& key) {
  std::vector<YamlSection> out;
  const std::optional<YAML::Node> node = Find(key);
  if (!node) return out;
  if (!node->IsSequence()) WrongValue(key, *node, "a list of mappings");
  for (const YAML::Node& element : *node) {
    out.emplace_back(element, source_, StrCat(key, " ", out.size() + 1));
  }
  return out;
}

void YamlSection::Require(const std::string& key) const {
  const YAML::Node value = std::as_const(node_)[key];
  if (!value.IsDefined() || value.IsNull()) {
    Fail(ErrorCode::kInvalidFile, Where(node_), "key ", Quoted(key), " is missing");
  }
}

void YamlSection::RequireWords() const {
  std::set<std::string> keys;
  for (const auto& entry : node_) {
    const YAML::Node& key = entry.first;
    if (!key.IsScalar()) {
      Fail(ErrorCode::kInvalidFile, Where(key), "key is ", Shown(key), ", expected a word");
    }
    if (!keys.insert(key.Scalar()).second) {
      Fail(ErrorCode::kInvalidFile, Where(key), "key ", Shown(key), " stands there twice");
    }
  }
}

void YamlSection::RejectUnknown() const {
  RequireWords();
  for (const auto& entry : node_) {
    const YAML::Node& key = entry.first;
    if (std::ranges::find(known_, key.Scalar()) != known_.end()) continue;
    Fail(ErrorCode::kInvalidFile, Where(key), "unknown key ", Shown(key), "; the nearest known is ",
         Quoted(Nearest(key.Scalar(), known_)));
  }
}

}  // namespace kani::formats
