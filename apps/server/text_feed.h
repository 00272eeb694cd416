// Text that arrives in pieces, and leaves in whole sentences.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace kani::server {

/// One writer, one reader, each on a thread of its own.
class TextFeed {
 public:
  /// @param language base language of the rules for sentences, "" for those that all share
  /// @param max_characters that may wait; Append throws beyond
  TextFeed(std::string language, size_t max_characters)
      : language_(std::move(language)), max_characters_(max_characters) {}

  /// Throws Error: kInvalidArgument for what is not UTF-8, kResourceExhausted for too much at once.
  void Append(std::string_view text);
  /// What is there is a sentence, whole or not.
  void Flush();
  /// The same, and no more text comes.
  void End();
  /// Nothing more is taken.
  void Cancel();

  /// Waits for the next sentence; nothing at the end.
  std::optional<std::string> Take();

 private:
  const std::string language_;
  const size_t max_characters_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
  size_t ready_ = 0;  // bytes of whole sentences at its beginning
  bool ended_ = false;
};

/// Bytes of `text` that are whole sentences: such that the next one has begun behind them.
size_t WholeSentences(std::string_view text, std::string_view language);

}  // namespace kani::server
