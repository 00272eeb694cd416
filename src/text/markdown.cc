#include "text/markdown.h"

#include <md4c.h>

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "text/html.h"
#include "text/markdown_quirks.h"
#include "text/spoken_lines.h"
#include "text/unicode.h"

namespace kani::text {
namespace {

constexpr std::string_view kAsciiLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kRaisedDigits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};

/// Collects what md4c finds. A paragraph, heading, item, cell or line of code grows in `block_`.
class Writer {
 public:
  /// @param source lives as long as the writer.
  explicit Writer(std::string_view source) : source_(source) {}

  std::string Take() {
    EndBlock();
    return std::move(out_);
  }

  void Enter(MD_BLOCKTYPE type, const void* detail) {
    if (type == MD_BLOCK_UL || type == MD_BLOCK_OL) {
      const bool is_ordered = type == MD_BLOCK_OL;
      EndBlock();
      lists_.push_back(
          {is_ordered, is_ordered ? static_cast<const MD_BLOCK_OL_DETAIL*>(detail)->start : 0});
    } else if (type == MD_BLOCK_LI) {
      EndBlock();
      StartItem();
    } else if (type != MD_BLOCK_DOC && type != MD_BLOCK_THEAD && type != MD_BLOCK_TBODY &&
               !IsCell(type)) {
      if (block_ != item_mark_) EndBlock();
      kind_ = type == MD_BLOCK_CODE ? Kind::kCode : type == MD_BLOCK_P ? Kind::kText : Kind::kEnded;
    }
  }

  void Leave(MD_BLOCKTYPE type) {
    if (IsCell(type)) return EndCell();
    const bool is_row = type == MD_BLOCK_TR;
    const bool is_part = type == MD_BLOCK_THEAD || type == MD_BLOCK_TBODY || type == MD_BLOCK_DOC;
    if (is_part) return;
    if (is_row) {
      block_ = std::exchange(row_, {});
      kind_ = Kind::kEnded;
    }
    EndBlock();
    if (type == MD_BLOCK_UL || type == MD_BLOCK_OL) lists_.pop_back();
    if (!is_row && type != MD_BLOCK_LI && lists_.empty()) EndParagraph();
  }

  /// Emphasis, a link: what is inside is said, without a sign of it.
  void EnterOrLeaveSpan() { FlushTag(); }

  void Text(MD_TEXTTYPE type, std::string_view text) {
    if (type == MD_TEXT_HTML) {
      tag_ += text;
      return;
    }
    FlushTag();
    if (!hidden_until_.empty()) return;
    switch (type) {
      case MD_TEXT_SOFTBR:
      case MD_TEXT_BR:
        block_ += '\n';
        break;
      case MD_TEXT_ENTITY:
        block_ += DecodeCharacterReference(text).value_or(std::string(text));
        break;
      case MD_TEXT_NULLCHAR:
        break;
      case MD_TEXT_CODE:
        AddCode(text);
        break;
      default:
        block_ += text;
    }
  }

 private:
  struct List {
    bool is_ordered = false;
    unsigned number = 0;  // of the next item
  };
  enum class Kind {
    kText,   // its own marks end its sentences
    kEnded,  // is a sentence: a heading, a row of a table
    kCode,   // each line is one
  };

  static bool IsCell(MD_BLOCKTYPE type) { return type == MD_BLOCK_TD || type == MD_BLOCK_TH; }

  void EndCell() {
    FlushTag();
    const bool is_empty = block_.find_first_not_of(" \t\n\v") == std::string::npos;
    if (!is_empty) row_ += (row_.empty() ? "" : ", ") + block_;
    block_.clear();
  }

  void StartItem() {
    List& list = lists_.back();
    kind_ = Kind::kEnded;
    if (list.is_ordered) {
      // Beyond a few dozen a number at the start of a line is a year.
      constexpr unsigned kMaxItems = 99;
      block_ = std::to_string(list.number) + (list.number <= kMaxItems ? ": " : ". ");
      ++list.number;
    }
    item_mark_ = block_;
  }

  /// Undoes the spelling of WithCommonMarkSpelling, which code keeps.
  void AddCode(std::string_view text) {
    for (size_t at = 0; at < text.size(); ++at) {
      if (!text.substr(at).starts_with("\\*")) block_ += text[at];
    }
  }

  /// What the tags collected in `tag_` mean.
  void FlushTag() {
    const std::string tags = std::exchange(tag_, {});
    for (std::string_view rest = tags; !rest.empty();) {
      const size_t end = std::min(rest.find('>'), rest.size() - 1) + 1;
      ApplyTag(rest.substr(0, end));
      rest.remove_prefix(end);
    }
  }

  void ApplyTag(std::string_view written) {
    const std::optional<Tag> tag = ParseTag(written);
    if (!hidden_until_.empty()) {
      if (tag && tag->is_end && tag->name == hidden_until_) hidden_until_.clear();
      return;
    }
    if (!tag) {
      block_ += written == "\n" ? "\n" : written;
      return;
    }
    block_ += tag->alt;
    switch (tag->effect) {
      case TagEffect::kNone:
        break;
      case TagEffect::kLine:
        if (!block_.empty()) block_ += kLineEnd;
        break;
      case TagEffect::kCell:
        if (!tag->is_end && !block_.empty() && block_.back() != kLineEnd) block_ += ", ";
        break;
      case TagEffect::kRaised:
        if (!tag->is_end) raised_begin_ = block_.size();
        if (tag->is_end) Raise();
        break;
      case TagEffect::kHidden:
        if (!tag->is_end && HasEnd(tag->name)) hidden_until_ = tag->name;
        break;
      case TagEffect::kParagraph:
        block_ += kLineEnd;
        EndBlock();
        EndParagraph();
        break;
    }
  }

  /// Whether an element ends anywhere: "the <script> tag" must not hide the rest of a text.
  bool HasEnd(const std::string& name) {
    const auto [known, is_new] = has_end_.try_emplace(name, false);
    if (is_new) known->second = LowerCase(source_).find("</" + name) != std::string::npos;
    return known->second;
  }

  /// A raised number is an exponent behind a number, a letter or a unit ("km<sup>2</sup>"), and the
  /// mark of a note behind a word. Raised letters ("1<sup>st</sup>") are letters.
  void Raise() {
    const std::string raised = block_.substr(std::min(raised_begin_, block_.size()));
    if (raised.empty() || raised.find_first_not_of("0123456789-") != std::string::npos) return;
    block_.resize(block_.size() - raised.size());
    constexpr size_t kShortestWord = 3;  // units have two letters
    const size_t begin = block_.size() - std::min(block_.size(), kShortestWord);
    const std::string_view end = std::string_view(block_).substr(begin);
    if (end.size() == kShortestWord && end.find_first_not_of(kAsciiLetters) == end.npos) return;
    for (const char c : raised) block_ += c == '-' ? "⁻" : kRaisedDigits[c - '0'];
  }

  /// Appends the block to the text as a line of its own, or as several.
  void EndBlock() {
    FlushTag();
    const bool says_nothing = block_.find_first_not_of(" \t\n\v") == std::string::npos;
    if (!says_nothing && block_ != item_mark_) {
      if (!out_.empty() && out_.back() != '\n') out_ += '\n';
      const bool ends = kind_ == Kind::kEnded || !lists_.empty();
      if (kind_ == Kind::kCode) {
        std::replace(block_.begin(), block_.end(), '\n', kLineEnd);
      }
      while (block_.back() == kLineEnd || block_.back() == '\n') {
        was_ended_ = was_ended_ || block_.back() == kLineEnd;
        block_.pop_back();
      }
      std::string lines = WithLineEnds(block_);
      out_ += ends || was_ended_ ? EndedLine(lines) : lines;
      out_ += '\n';
    }
    was_ended_ = false;
    block_.clear();
    item_mark_.clear();
    kind_ = Kind::kText;
  }

  void EndParagraph() {
    if (!out_.empty() && !out_.ends_with("\n\n")) out_ += '\n';
  }

  std::string_view source_;
  std::map<std::string, bool> has_end_;
  std::string out_;
  std::string block_;
  std::string row_;           // the cells of a table's row so far
  std::string item_mark_;     // what stands in block_ before an item has text
  std::string tag_;           // HTML that may go on
  size_t raised_begin_ = 0;   // of what stands in <sup>
  std::string hidden_until_;  // the element whose content is never shown
  std::vector<List> lists_;
  Kind kind_ = Kind::kText;
  bool was_ended_ = false;
};

/// What the callbacks of md4c are given. No exception may pass through its C.
struct Session {
  Writer writer;
  std::exception_ptr error;
};

template <typename Action>
int Guard(void* userdata, Action action) {
  Session& session = *static_cast<Session*>(userdata);
  try {
    action(session.writer);
    return 0;
  } catch (...) {
    session.error = std::current_exception();
    return -1;
  }
}

MD_PARSER Parser() {
  MD_PARSER parser{};
  parser.flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS |
                 MD_FLAG_NOINDENTEDCODEBLOCKS | MD_FLAG_NOHTMLBLOCKS;
  parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* session) {
    return Guard(session, [&](Writer& writer) { writer.Enter(type, detail); });
  };
  parser.leave_block = [](MD_BLOCKTYPE type, void*, void* session) {
    return Guard(session, [&](Writer& writer) { writer.Leave(type); });
  };
  parser.enter_span = [](MD_SPANTYPE, void*, void* session) {
    return Guard(session, [](Writer& writer) { writer.EnterOrLeaveSpan(); });
  };
  parser.leave_span = parser.enter_span;
  parser.text = [](MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size, void* session) {
    return Guard(session, [&](Writer& writer) { writer.Text(type, {text, size}); });
  };
  return parser;
}

}  // namespace

std::string MarkdownToText(std::string_view markdown) {
  const std::string text = WithCommonMarkSpelling(markdown);
  const MD_PARSER parser = Parser();
  Session session{Writer(text), nullptr};
  const int status = md_parse(text.data(), static_cast<MD_SIZE>(text.size()), &parser, &session);
  if (session.error) std::rethrow_exception(session.error);
  if (status != 0) Fail(ErrorCode::kResourceExhausted, "text: no memory for its markup");
  return session.writer.Take();
}

}  // namespace kani::text
