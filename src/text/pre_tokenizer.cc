// The engine is Oniguruma, as in the reference, so a pattern means the same. Its Unicode differs:
// Debian 12 has 6.9.8 (Unicode 14), the reference's wheel knows 16; pattern_classes.h sees to that.
#include "text/pre_tokenizer.h"

#include <oniguruma.h>

#include <mutex>
#include <new>
#include <utility>

#include "base/error.h"
#include "text/pattern_classes.h"
#include "text/unicode.h"

namespace kani::text {
namespace {

// A piece of speech takes a few dozen steps. A run of n blanks takes 2n, so these allow runs of
// millions, but a pattern of exponential cost ends within a second.
constexpr unsigned long kMaxRetries = 10'000'000;
constexpr unsigned int kMaxStackEntries = 4'000'000;

std::string Message(int code, const OnigErrorInfo* info = nullptr) {
  OnigUChar text[ONIG_MAX_ERROR_MESSAGE_LEN];
  const int size = info == nullptr ? onig_error_code_to_str(text, code)
                                   : onig_error_code_to_str(text, code, info);
  return {reinterpret_cast<const char*>(text), static_cast<size_t>(size)};
}

void InitializeOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    OnigEncoding encodings[] = {ONIG_ENCODING_UTF8};
    onig_initialize(encodings, 1);
  });
}

struct RegionDeleter {
  void operator()(OnigRegion* region) const { onig_region_free(region, 1); }
};
struct MatchParamDeleter {
  void operator()(OnigMatchParam* param) const { onig_free_match_param(param); }
};

}  // namespace

struct PreTokenizer::Regex {
  explicit Regex(const std::string& pattern);
  ~Regex() { onig_free(compiled); }
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;
  /// Appends the matches in `text` and the gaps between them.
  void Split(std::string_view text, std::vector<std::string_view>& pieces) const;

  regex_t* compiled = nullptr;
};

PreTokenizer::Regex::Regex(const std::string& pattern) {
  InitializeOnce();
  const std::string ours = WithClassesOfUnicode16(pattern);
  const auto* begin = reinterpret_cast<const OnigUChar*>(ours.data());
  OnigErrorInfo info;
  const int code = onig_new(&compiled, begin, begin + ours.size(), ONIG_OPTION_NONE,
                            ONIG_ENCODING_UTF8, ONIG_SYNTAX_ONIGURUMA, &info);
  if (code != ONIG_NORMAL) {
    Fail(code == ONIGERR_MEMORY ? ErrorCode::kResourceExhausted : ErrorCode::kInvalidFile,
         "tokenizer: pattern ", Quoted(pattern), ": ", Message(code, &info));
  }
}

void PreTokenizer::Regex::Split(std::string_view text,
                                std::vector<std::string_view>& pieces) const {
  const std::unique_ptr<OnigRegion, RegionDeleter> region(onig_region_new());
  const std::unique_ptr<OnigMatchParam, MatchParamDeleter> param(onig_new_match_param());
  if (region == nullptr || param == nullptr) throw std::bad_alloc();
  onig_initialize_match_param(param.get());
  onig_set_retry_limit_in_match_of_match_param(param.get(), kMaxRetries);
  onig_set_retry_limit_in_search_of_match_param(param.get(), kMaxRetries);
  onig_set_match_stack_limit_size_of_match_param(param.get(), kMaxStackEntries);

  const auto* begin = reinterpret_cast<const OnigUChar*>(text.data());
  const OnigUChar* end = begin + text.size();
  size_t piece_begin = 0;
  const auto cut = [&](size_t at) {
    if (at > piece_begin) pieces.push_back(text.substr(piece_begin, at - piece_begin));
    piece_begin = at;
  };
  for (size_t search_from = 0; search_from < text.size();) {
    const int found = onig_search_with_param(compiled, begin, end, begin + search_from, end,
                                             region.get(), ONIG_OPTION_NONE, param.get());
    if (found == ONIG_MISMATCH) break;
    if (found < 0) {
      Fail(ErrorCode::kResourceExhausted, "text of ", text.size(),
           " bytes: the tokenizer's pattern gave up at byte ", search_from, ": ", Message(found));
    }
    const auto match_begin = static_cast<size_t>(region->beg[0]);
    const auto match_end = static_cast<size_t>(region->end[0]);
    cut(match_begin);
    cut(match_end);
    // An empty match splits where it stands; the search goes on behind the next character.
    search_from = match_end > match_begin ? match_end : match_end + DecodeAt(text, match_end).bytes;
    if (match_end == text.size()) break;
  }
  cut(text.size());
}

PreTokenizer::PreTokenizer(std::span<const std::string> patterns) {
  for (const std::string& pattern : patterns) {
    regexes_.push_back(std::make_unique<const Regex>(pattern));
  }
}

PreTokenizer::~PreTokenizer() = default;

std::vector<std::string_view> PreTokenizer::Split(std::string_view text) const {
  std::vector<std::string_view> pieces;
  if (!text.empty()) pieces.push_back(text);
  for (const std::unique_ptr<const Regex>& regex : regexes_) {
    std::vector<std::string_view> smaller;
    for (const std::string_view piece : pieces) regex->Split(piece, smaller);
    pieces = std::move(smaller);
  }
  return pieces;
}

}  // namespace kani::text
