#include "engine/prompt_cache.h"

#include <algorithm>
#include <utility>

#include "model/token_layout.h"

namespace kani::engine {
namespace {

// Prompts that a new one is compared with, newest first.
constexpr size_t kSeenPrompts = 32;
// A start of human and a voice row; less is not worth a copy.
constexpr int64_t kFewestRows = 2;

}  // namespace

/// How many rows of a prompt leave the model in the state that `beginning` leaves it in. The last
/// row is always fed: it gives the logits.
int64_t PromptCache::CommonRows(const Beginning& beginning, const lm::GenerationRequest& request) {
  const std::vector<int32_t>& rows = request.prompt;
  const auto parted = std::ranges::mismatch(beginning.rows, rows).in2;
  int64_t common = std::min<int64_t>(parted - rows.begin(), std::ssize(rows) - 1);
  if (beginning.voice != request.speaker_embedding) {
    const auto speaker = std::ranges::find(rows, model::kSpeakerRow);
    common = std::min<int64_t>(common, speaker - rows.begin());
  }
  return common;
}

void PromptCache::Begin(lm::Generation& generation) {
  if (max_bytes_ == 0) return;
  const lm::GenerationRequest& request = generation.request();
  auto best = kept_.end();
  for (auto kept = kept_.begin(); kept != kept_.end(); ++kept) {
    const auto rows = std::ssize(kept->beginning.rows);
    if (CommonRows(kept->beginning, request) < rows) continue;
    if (best == kept_.end() || rows > std::ssize(best->beginning.rows)) best = kept;
  }
  int64_t known = 0;
  if (best != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, best);
    generation.StartAfter(best->state);
    known = best->state.rows();
    saved_rows_ += known;
  }
  int64_t common = 0;
  for (const Beginning& seen : seen_) common = std::max(common, CommonRows(seen, request));
  if (common >= kFewestRows && common > known) generation.EndStepAt(common);
  seen_.push_front({request.prompt, request.speaker_embedding});
  if (seen_.size() > kSeenPrompts) seen_.pop_back();
}

void PromptCache::Look(const lm::Generation& generation) {
  if (generation.prompt_border() == 0 || generation.state().rows() != generation.prompt_border())
    return;
  const std::vector<int32_t>& prompt = generation.request().prompt;
  Beginning beginning{{prompt.begin(), prompt.begin() + generation.prompt_border()}, {}};
  if (std::ranges::count(beginning.rows, model::kSpeakerRow) > 0) {
    beginning.voice = generation.request().speaker_embedding;
  }
  const auto same = [&](const Kept& kept) { return kept.beginning == beginning; };
  const size_t bytes = generation.state().bytes() + beginning.rows.size() * sizeof(int32_t) +
                       beginning.voice.size() * sizeof(float);
  if (bytes > max_bytes_ || std::ranges::any_of(kept_, same)) return;
  while (bytes_ + bytes > max_bytes_) {
    bytes_ -= kept_.back().bytes;
    kept_.pop_back();
  }
  kept_.push_front({std::move(beginning), generation.state().Clone(), bytes});
  bytes_ += bytes;
}

}  // namespace kani::engine
