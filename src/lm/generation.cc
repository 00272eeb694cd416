#include "lm/generation.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <utility>

#include "base/error.h"
#include "base/tensor.h"

namespace kani::lm {

int64_t RowsNeeded(const GenerationRequest& request, const model::LmConfig& config) {
  return std::ssize(request.prompt) + request.max_frames * config.tokens.codebooks;
}

Generation::Generation(const LanguageModel& model, kernels::KvPool& pool, GenerationRequest request)
    : request_(std::move(request)),
      codebooks_(model.config().tokens.codebooks),
      state_(pool, model.config(), RowsNeeded(request_, model.config())),
      sampler_(request_.sampling),
      random_(request_.seed, request_.substream),
      pending_(request_.prompt) {
  for (int32_t row : request_.prompt) sampler_.Remember(row);
  finished_ = request_.max_frames <= 0;
}

void Generation::StartAfter(const DecodingState& beginning) {
  KANI_DCHECK(state_.rows() == 0 && beginning.rows() < std::ssize(request_.prompt));
  state_.CopyFrom(beginning);
  fed_ = static_cast<size_t>(beginning.rows());
}

std::span<const int32_t> Generation::NextRows(int64_t max_rows) const {
  size_t end = pending_.size();
  if (tokens_.empty() && fed_ < border_) end = std::min(end, border_);
  end = std::min(end, fed_ + static_cast<size_t>(max_rows));
  return std::span(pending_).subspan(fed_, end - fed_);
}

std::span<const int32_t> Generation::codes() const {
  return std::span(codes_).first(static_cast<size_t>(frames() * codebooks_));
}

void Generation::Choose(const LanguageModel& model, std::span<float> logits) {
  const model::TokenLayout& tokens = model.config().tokens;
  const auto slot = static_cast<int64_t>(codes_.size()) % codebooks_;
  const SlotRange range = model.RangeOfSlot(slot);
  if (slot == 0) {
    // Between end of speech and the codebook lie control tokens that are never legal; and an
    // utterance has at least one frame.
    const int32_t first_illegal = codes_.empty() ? range.first_token : range.first_token + 1;
    for (int32_t token = first_illegal; token < tokens.audio_tokens_start; ++token) {
      logits[static_cast<size_t>(token - range.first_token)] =
          -std::numeric_limits<float>::infinity();
    }
  }
  const int32_t token = sampler_.Sample(logits, range.first_token, random_.Uniform(tokens_.size()));
  tokens_.push_back(token);
  if (token == tokens.end_of_speech()) {
    ended_ = finished_ = true;
    return;
  }
  codes_.push_back(token - tokens.CodebookStart(static_cast<int32_t>(slot)));
  pending_.assign(1, token);
  fed_ = 0;
  finished_ = frames() >= request_.max_frames;
}

namespace {

void RequireFinite(std::span<const float> logits) {
  if (AllFinite(logits)) return;
  Fail(ErrorCode::kInvalidFile, "the logits are not finite: weights or voice are damaged");
}

}  // namespace

void StepGenerations(kernels::Ops& ops, const LanguageModel& model,
                     std::span<Generation* const> generations, Workspace& workspace,
                     int64_t max_rows) {
  KANI_DCHECK(max_rows > 0);
  std::vector<Generation*> running;
  std::vector<RowSegment> batch;
  for (Generation* generation : generations) {
    if (generation->finished_) continue;
    running.push_back(generation);
    batch.push_back({&generation->state_, generation->NextRows(max_rows),
                     generation->request_.speaker_embedding});
  }
  if (running.empty()) return;
  model.Forward(ops, batch, workspace);
  std::vector<int64_t> slots;
  for (size_t i = 0; i < running.size(); ++i) {
    Generation& generation = *running[i];
    generation.fed_ += batch[i].rows.size();
    const bool in_prompt = generation.fed_ < generation.pending_.size();
    slots.push_back(in_prompt ? -1 : std::ssize(generation.codes_) % generation.codebooks_);
  }
  std::vector<std::vector<float>> logits;
  model.SlotLogits(ops, slots, workspace, logits);
  std::exception_ptr failure;
  for (size_t i = 0; i < running.size(); ++i) {
    if (slots[i] < 0) continue;
    try {
      RequireFinite(logits[i]);
      running[i]->Choose(model, logits[i]);
    } catch (...) {
      running[i]->finished_ = true;
      running[i]->failure_ = failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace kani::lm
