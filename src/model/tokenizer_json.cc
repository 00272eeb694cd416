#include "model/tokenizer_json.h"

#include <array>
#include <limits>

#include "base/error.h"
#include "formats/json.h"

namespace kani::model {
namespace {

using nlohmann::json;

enum class Part { kRest, kVocab, kMerges, kAddedTokens };

struct Flag {
  std::string_view key;
  bool AddedToken::*member;
};
constexpr std::array<Flag, 5> kFlags = {{{"single_word", &AddedToken::single_word},
                                         {"lstrip", &AddedToken::lstrip},
                                         {"rstrip", &AddedToken::rstrip},
                                         {"normalized", &AddedToken::normalized},
                                         {"special", &AddedToken::special}}};
// One bit for each key of an added token; all must be there.
constexpr unsigned kIdBit = 1u << kFlags.size();
constexpr unsigned kContentBit = kIdBit << 1;
constexpr unsigned kAllBits = (kContentBit << 1) - 1;

std::string_view ExpectedShape(Part part) {
  switch (part) {
    case Part::kVocab:
      return "model.vocab: expected an object of token: id";
    case Part::kMerges:
      return "model.merges: expected an array of \"left right\" or [left, right]";
    case Part::kAddedTokens:
      return "added_tokens: expected an array of objects with id, content, single_word, lstrip, "
             "rstrip, normalized and special";
    case Part::kRest:
      break;
  }
  return "expected a JSON object";
}

/// Events of the parser in the order of the file. `depth_` counts open containers.
class Handler : public nlohmann::json_sax<json> {
 public:
  Handler(TokenizerJson& out, const std::string& source) : out_(out), source_(source) {}

  bool null() override { return Scalar(nullptr); }
  bool number_integer(number_integer_t value) override { return Scalar(value); }
  bool number_float(number_float_t value, const string_t&) override { return Scalar(value); }
  bool binary(binary_t&) override { WrongShape(); }

  bool boolean(bool value) override {
    if (part_ != Part::kAddedTokens) return Scalar(value);
    return SetFlag(value);
  }

  bool number_unsigned(number_unsigned_t value) override {
    switch (part_) {
      case Part::kVocab:
        if (Level() != 1) WrongShape();
        out_.vocab.emplace_back(std::move(key_), value);
        return true;
      case Part::kAddedTokens:
        if (Level() != 2 || key_ != "id") break;
        if (value > static_cast<uint64_t>(std::numeric_limits<int32_t>::max())) WrongShape();
        out_.added_tokens.back().id = static_cast<int32_t>(value);
        seen_ |= kIdBit;
        return true;
      default:
        break;
    }
    return Scalar(value);
  }

  bool string(string_t& value) override {
    switch (part_) {
      case Part::kMerges:
        AddMergeText(value);
        return true;
      case Part::kAddedTokens:
        if (Level() != 2 || key_ != "content") break;
        out_.added_tokens.back().content = std::move(value);
        seen_ |= kContentBit;
        return true;
      default:
        break;
    }
    return Scalar(std::move(value));
  }

  bool key(string_t& name) override {
    key_ = std::move(name);
    if (part_ != Part::kRest) return true;
    if (depth_ == 1 && key_ == "added_tokens") Begin(Part::kAddedTokens);
    if (depth_ == 2 && parent_key_ == "model" && key_ == "vocab") Begin(Part::kVocab);
    if (depth_ == 2 && parent_key_ == "model" && key_ == "merges") Begin(Part::kMerges);
    return true;
  }

  bool start_object(size_t) override {
    switch (part_) {
      case Part::kRest:
        if (depth_ == 1) parent_key_ = key_;
        open_.push_back(Add(json::object()));
        break;
      case Part::kVocab:
        if (Level() != 0) WrongShape();
        break;
      case Part::kMerges:
        WrongShape();
      case Part::kAddedTokens:
        if (Level() != 1) WrongShape();
        out_.added_tokens.emplace_back();
        seen_ = 0;
        break;
    }
    return Enter();
  }

  bool end_object() override {
    if (part_ == Part::kAddedTokens && seen_ != kAllBits) WrongShape();
    return Leave();
  }

  bool start_array(size_t) override {
    switch (part_) {
      case Part::kRest:
        // Only objects have named members: an array under "model" must not look like one.
        if (depth_ == 1) parent_key_.clear();
        open_.push_back(Add(json::array()));
        break;
      case Part::kVocab:
        WrongShape();
      case Part::kMerges:
        if (Level() > 1) WrongShape();
        if (Level() == 1) pair_.clear();
        break;
      case Part::kAddedTokens:
        if (Level() != 0) WrongShape();
        break;
    }
    return Enter();
  }

  bool end_array() override {
    if (part_ == Part::kMerges && Level() == 2) {
      if (pair_.size() != 2) WrongShape();
      out_.merges.emplace_back(std::move(pair_[0]), std::move(pair_[1]));
    }
    return Leave();
  }

  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception& error) override {
    Fail(ErrorCode::kInvalidFile, source_, ": not valid JSON: ", Quoted(error.what()));
  }

 private:
  size_t Level() const { return depth_ - part_depth_; }

  [[noreturn]] void WrongShape() const {
    Fail(ErrorCode::kInvalidFile, source_, ": ", ExpectedShape(part_));
  }

  void Begin(Part part) {
    const bool again = part == Part::kVocab    ? !out_.vocab.empty()
                       : part == Part::kMerges ? !out_.merges.empty()
                                               : !out_.added_tokens.empty();
    if (again) Fail(ErrorCode::kInvalidFile, source_, ": key ", Quoted(key_), " occurs twice");
    part_ = part;
    part_depth_ = depth_;
  }

  bool Enter() {
    ++depth_;
    return true;
  }

  bool Leave() {
    --depth_;
    if (part_ == Part::kRest) {
      open_.pop_back();
    } else if (Level() == 0) {
      part_ = Part::kRest;
    }
    return true;
  }

  template <typename Value>
  bool Scalar(Value&& value) {
    // Keys of an added token that nobody knows, or of another type than theirs: those are missed.
    if (part_ == Part::kAddedTokens && Level() == 2) return true;
    if (part_ != Part::kRest) WrongShape();
    Add(json(std::forward<Value>(value)));
    return true;
  }

  json* Add(json value) {
    if (open_.empty()) {
      out_.rest = std::move(value);
      return &out_.rest;
    }
    json& container = *open_.back();
    if (container.is_array()) {
      container.push_back(std::move(value));
      return &container.back();
    }
    return &(container[key_] = std::move(value));
  }

  void AddMergeText(std::string& text) {
    if (Level() == 2) {
      if (pair_.size() == 2) WrongShape();
      pair_.push_back(std::move(text));
      return;
    }
    // Tokens in the byte alphabet hold no space, so the only one separates the two.
    const size_t space = text.find(' ');
    if (Level() != 1 || space == std::string::npos) WrongShape();
    out_.merges.emplace_back(text.substr(0, space), text.substr(space + 1));
  }

  bool SetFlag(bool value) {
    if (Level() != 2) WrongShape();
    for (size_t i = 0; i < kFlags.size(); ++i) {
      if (key_ != kFlags[i].key) continue;
      out_.added_tokens.back().*kFlags[i].member = value;
      seen_ |= 1u << i;
      return true;
    }
    return true;
  }

  TokenizerJson& out_;
  const std::string& source_;
  Part part_ = Part::kRest;
  size_t depth_ = 0;
  size_t part_depth_ = 0;  ///< depth at which the current part begins
  std::string key_;
  std::string parent_key_;         ///< key of the object open at depth 2
  std::vector<json*> open_;        ///< containers of `rest` not yet closed
  std::vector<std::string> pair_;  ///< of the merge being read
  unsigned seen_ = 0;              ///< keys of the added token being read
};

}  // namespace

TokenizerJson ReadTokenizerJson(std::string_view text, const std::string& source) {
  formats::CheckBrackets(text, source);
  TokenizerJson out;
  Handler handler(out, source);
  json::sax_parse(text, &handler);
  return out;
}

}  // namespace kani::model
