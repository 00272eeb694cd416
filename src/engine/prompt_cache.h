// Beginnings of prompts that came more than once (the voice row, a repeated text), as the language
// model's state behind them: they are fed once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <vector>

#include "lm/decoding_state.h"
#include "lm/generation.h"

namespace kani::engine {

/// A state cannot be cut back, so it has to be kept at the right row: where a prompt parts from one
/// that came before. The second prompt of a kind is thus fed in two parts and leaves its beginning,
/// the third starts behind it. Used by one caller at a time.
class PromptCache {
 public:
  /// @param max_bytes of all states; 0 keeps none. The one that was not used for longest goes
  /// first.
  explicit PromptCache(size_t max_bytes) : max_bytes_(max_bytes) {}

  /// Starts a new generation behind the longest beginning that is kept, and has it stop where the
  /// next one should be.
  void Begin(lm::Generation& generation);
  /// To be called after every step of a generation in its prompt: keeps the state if this is the
  /// place.
  void Look(const lm::Generation& generation);

  size_t bytes() const { return bytes_; }
  /// Rows that no prompt had to feed.
  int64_t saved_rows() const { return saved_rows_; }

 private:
  struct Beginning {
    std::vector<int32_t> rows;
    std::vector<float> voice;
    bool operator==(const Beginning&) const = default;
  };
  struct Kept {
    Beginning beginning;
    lm::DecodingState state;
    size_t bytes;
  };

  static int64_t CommonRows(const Beginning& beginning, const lm::GenerationRequest& request);

  size_t max_bytes_;
  size_t bytes_ = 0;
  int64_t saved_rows_ = 0;
  std::list<Kept> kept_;        // last used first
  std::deque<Beginning> seen_;  // the last prompts
};

}  // namespace kani::engine
