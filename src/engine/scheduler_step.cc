// What a step of the scheduler does, and in which order.
#include <algorithm>
#include <utility>

#include "engine/scheduler.h"

namespace kani::engine {
namespace {

// Rows of prompts that a step takes beside tokens of others: at this width the time of a product
// has begun to grow with its rows. Without others nobody waits for a token.
constexpr int64_t kPromptRowsBesideOthers = 64, kPromptRowsAlone = 256;
// A step makes at most one frame of each piece, as a rule a fourth of one; so many keep up.
constexpr int64_t kFewestFramesPerStep = 16;
// A short prompt and its first two frames. The chunks before will last for longer than that.
constexpr int64_t kPatienceSteps = 8;

}  // namespace

int64_t Scheduler::KvRows() const {
  int64_t rows = 0;
  for (const auto& job : jobs_) rows += job->rows();
  return rows;
}

/// Those that are not paused.
int64_t Scheduler::PiecesToStep() const {
  int64_t pieces = 0;
  for (const auto& job : jobs_) {
    if (!job->paused()) pieces += job->generating();
  }
  return pieces;
}

/// The request with the fewest pieces under way, and of these the one that has waited longest:
/// those with long texts stand in line anew for every piece.
SpeechJob* Scheduler::NextToStart() const {
  SpeechJob* next = nullptr;
  const auto rank = [](const SpeechJob& job) { return std::pair(job.generating(), job.turn); };
  for (const auto& job : jobs_) {
    if (job->over() || job->NextPiece() < 0) continue;
    if (next == nullptr || rank(*job) < rank(*next)) next = job.get();
  }
  return next;
}

/// Whether a piece of so many rows may start now. A request that has none under way drives out
/// pieces that others have beyond their first.
bool Scheduler::MakeRoom(const SpeechJob& job, int64_t rows) {
  for (;;) {
    const bool too_many = PiecesToStep() >= limits_.streams;
    if (!too_many && KvRows() + rows <= limits_.kv_rows) return true;
    if (job.generating() > 0) return false;
    const auto most = std::ranges::max_element(jobs_, {}, [&](const auto& other) {
      return too_many && other->paused() ? 0 : other->generating();
    });
    if ((*most)->generating() < 2) return false;
    (*most)->DropLastPiece();
  }
}

void Scheduler::StartPieces() {
  while (SpeechJob* job = NextToStart()) {
    const int64_t index = job->NextPiece();
    if (!MakeRoom(*job, job->RowsOfPiece(models_.model.config(), index))) return;
    job->turn = ++turn_;
    try {
      Utterance& piece = job->StartPiece(models_, pool_, index);
      piece.started = turn_;
      prompts_.Begin(piece.generation());
    } catch (...) {
      job->Fail(std::current_exception());
    }
  }
}

/// All that are past their prompt, the longest waiting first where they are too many; and of the
/// prompts, first come first, as many as leave the others their pace.
std::vector<Scheduler::Chosen> Scheduler::ChooseBatch() const {
  std::vector<Chosen> batch, prompts;
  for (const auto& job : jobs_) {
    if (job->over() || job->paused()) continue;
    for (Utterance* piece : job->Generating()) {
      (piece->generation().prompt_rows_left() > 0 ? prompts : batch).push_back({job.get(), piece});
    }
  }
  const auto limit = static_cast<size_t>(limits_.streams);
  if (batch.size() > limit) {
    std::ranges::stable_sort(batch, {},
                             [](const Chosen& chosen) { return chosen.piece->last_step; });
    batch.resize(limit);
  }
  std::ranges::stable_sort(prompts, {}, [](const Chosen& chosen) { return chosen.piece->started; });
  const int64_t most = batch.empty() ? kPromptRowsAlone : kPromptRowsBesideOthers;
  int64_t rows = 0;
  for (const Chosen& chosen : prompts) {
    if (rows >= most || batch.size() >= limit) break;
    rows += std::min(chosen.piece->generation().prompt_rows_left(), most);
    batch.push_back(chosen);
  }
  return batch;
}

bool Scheduler::Generate() {
  const std::vector<Chosen> batch = ChooseBatch();
  if (batch.empty()) return false;
  ++steps_;
  std::vector<lm::Generation*> generations;
  bool tokens = false;
  for (const Chosen& chosen : batch) {
    chosen.piece->last_step = steps_;
    generations.push_back(&chosen.piece->generation());
    tokens = tokens || generations.back()->prompt_rows_left() == 0;
  }
  const Stopwatch clock;
  try {
    lm::StepGenerations(models_.ops, models_.model, generations, workspace_,
                        tokens ? kPromptRowsBesideOthers : kPromptRowsAlone);
  } catch (...) {
    const auto failed = [](const lm::Generation* one) { return one->failure() != nullptr; };
    if (std::ranges::none_of(generations, failed)) {  // of the step, not of one
      for (const Chosen& chosen : batch) chosen.job->Fail(std::current_exception());
      return true;
    }
  }
  for (const lm::Generation* generation : generations) prompts_.Look(*generation);
  const double seconds = clock.Seconds();
  for (const auto& job : jobs_) {
    const auto of_job = [&](const Chosen& chosen) { return chosen.job == job.get(); };
    if (std::ranges::any_of(batch, of_job)) job->AfterStep(seconds);
  }
  return true;
}

/// Those whose chunk has been due since step `latest` or before, the longest waiting first, until
/// they have so many frames together.
std::vector<SpeechJob*> Scheduler::ChooseChunks(int64_t latest, int64_t frames) const {
  std::vector<SpeechJob*> due, chosen;
  for (const auto& job : jobs_) {
    if (job->ChunkIsDue() && job->due_since <= latest) due.push_back(job.get());
  }
  std::ranges::stable_sort(due, {}, [](const SpeechJob* job) { return job->due_since; });
  for (SpeechJob* job : due) {
    if (frames <= 0) break;
    frames -= job->chunk_frames();
    chosen.push_back(job);
  }
  return chosen;
}

/// Decodes one chunk of each in one pass over the codec's weights.
void Scheduler::DecodeChunks(std::span<SpeechJob* const> jobs) {
  std::vector<codec::Codec::StreamFrames> chunks;
  std::vector<SpeechJob*> decoded;
  for (SpeechJob* job : jobs) {
    try {
      chunks.push_back(job->NextChunk());
      decoded.push_back(job);
    } catch (...) {
      job->Fail(std::current_exception());
    }
  }
  const Stopwatch clock;
  try {
    models_.codec.DecodeStreams(models_.ops, codec_workspace_, chunks);
  } catch (...) {  // of the pass, not of one
    for (SpeechJob* job : decoded) job->Fail(std::current_exception());
    return;
  }
  const double seconds = clock.Seconds();
  size_t codes = 0;
  for (const codec::Codec::StreamFrames& chunk : chunks) codes += chunk.codes.size();
  for (size_t i = 0; i < decoded.size(); ++i) {
    const auto share = static_cast<double>(chunks[i].codes.size()) / static_cast<double>(codes);
    decoded[i]->AfterChunk(chunks[i], seconds * share);
    decoded[i]->due_since = decoded[i]->ChunkIsDue() ? steps_ : 0;
  }
}

/// First chunks at once. While a request is on its way to its first, the chunks of others wait, but
/// for so many steps only.
bool Scheduler::Decode() {
  bool decoded = false, awaited = false;
  for (const auto& job : jobs_) {
    if (job->silent() && job->ChunkIsDue()) {
      SpeechJob* const first = job.get();
      DecodeChunks(std::span(&first, 1));
      decoded = true;
    }
    if (job->silent() && job->ChunkWillCome()) awaited = true;
    if (job->due_since == 0 && job->ChunkIsDue()) job->due_since = steps_;
  }
  const int64_t latest = awaited ? steps_ - kPatienceSteps : steps_;
  const int64_t frames = std::max(kFewestFramesPerStep, limits_.streams);
  const std::vector<SpeechJob*> due = ChooseChunks(latest, frames);
  if (!due.empty()) DecodeChunks(due);
  return decoded || !due.empty();
}

}  // namespace kani::engine
