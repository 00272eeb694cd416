#include "formats/yaml.h"

#include <yaml-cpp/eventhandler.h>

#include <sstream>

#include "base/error.h"
#include "formats/json.h"

namespace kani::formats {
namespace {

constexpr size_t kMaxYamlBytes = 1 << 20;
constexpr int kMaxNodes = 100000;
constexpr int kMaxDepth = 64;

/// Counts nodes before any is built. Aliases share their node, so they cannot multiply it.
class NodeCounter : public YAML::EventHandler {
 public:
  explicit NodeCounter(const std::string& source) : source_(source) {}
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override { Count(); }
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override { Count(); }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {
    Count();
  }
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    Open();
  }
  void OnSequenceEnd() override { --depth_; }
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    Open();
  }
  void OnMapEnd() override { --depth_; }

 private:
  void Count() {
    if (++nodes_ > kMaxNodes) {
      Fail(ErrorCode::kResourceExhausted, source_, ": YAML of more than ", kMaxNodes, " nodes");
    }
  }
  void Open() {
    Count();
    if (++depth_ > kMaxDepth) {
      Fail(ErrorCode::kInvalidFile, source_, ": YAML nested deeper than ", kMaxDepth, " levels");
    }
  }
  const std::string& source_;
  int nodes_ = 0;
  int depth_ = 0;
};

}  // namespace

YAML::Node ParseYaml(std::string_view yaml, const std::string& source) {
  if (yaml.size() > kMaxYamlBytes) {
    Fail(ErrorCode::kResourceExhausted, source, ": ", yaml.size(),
         " bytes of YAML, expected at most ", kMaxYamlBytes);
  }
  // The library would put a replacement character in the place of every bad byte.
  if (!IsUtf8(yaml)) Fail(ErrorCode::kInvalidFile, source, ": not valid YAML: not UTF-8");
  const std::string text(yaml);
  try {
    std::istringstream stream(text);
    NodeCounter counter(source);
    YAML::Parser(stream).HandleNextDocument(counter);
    return YAML::Load(text);
  } catch (const YAML::Exception& error) {
    Fail(ErrorCode::kInvalidFile, source, ": not valid YAML: ", Quoted(error.what()));
  }
}

}  // namespace kani::formats
