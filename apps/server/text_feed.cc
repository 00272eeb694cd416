#include "apps/server/text_feed.h"

#include "base/error.h"
#include "formats/json.h"
#include "text/cuts.h"

namespace kani::server {

size_t WholeSentences(std::string_view text, std::string_view language) {
  const text::Cuts cuts = text::Cutter(language).Find(text::Border::kSentence, text);
  for (size_t i = cuts.size(); i-- > 0;) {
    if (text.find_first_not_of(" \t\r\n", cuts[i]) != std::string_view::npos) return cuts[i];
  }
  return 0;
}

void TextFeed::Append(std::string_view text) {
  if (!formats::IsUtf8(text)) Fail(ErrorCode::kInvalidArgument, "the text is not UTF-8");
  const std::lock_guard lock(mutex_);
  if (ended_) return;
  if (text_.size() + text.size() > 4 * max_characters_) {
    Fail(ErrorCode::kResourceExhausted, "more than ", max_characters_,
         " characters wait to be spoken");
  }
  text_ += text;
  ready_ += WholeSentences(std::string_view(text_).substr(ready_), language_);
  changed_.notify_all();
}

void TextFeed::Flush() {
  const std::lock_guard lock(mutex_);
  ready_ = text_.size();
  changed_.notify_all();
}

void TextFeed::End() {
  const std::lock_guard lock(mutex_);
  ready_ = text_.size();
  ended_ = true;
  changed_.notify_all();
}

void TextFeed::Cancel() {
  const std::lock_guard lock(mutex_);
  text_.clear();
  ready_ = 0;
  ended_ = true;
  changed_.notify_all();
}

std::optional<std::string> TextFeed::Take() {
  constexpr std::string_view kBlanks = " \t\r\n";
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ready_ > 0 || ended_; });
    if (ready_ == 0) return {};
    // One at a time: what is spoken together must not depend on when it is asked for.
    const auto ready = std::string_view(text_).substr(0, ready_);
    const size_t end = text::Cutter(language_).Find(text::Border::kSentence, ready).front();
    std::string sentence = text_.substr(0, end);
    text_.erase(0, end);
    ready_ -= end;
    if (sentence.find_first_not_of(kBlanks) != std::string::npos) return sentence;
  }
}

}  // namespace kani::server
