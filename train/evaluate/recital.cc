#include "train/evaluate/recital.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "lm/generation.h"

namespace kani::train {

namespace {

constexpr size_t kAtOnce = 8;
constexpr int64_t kFramesBeyond = 5;

/// A clip in its two parts: what the model is given, and what it should say.
struct Task {
  std::vector<int32_t> prompt, codes;  // codes: [frames, codebooks]
};

Task TaskOf(const Clip& clip, const model::TokenLayout& tokens) {
  Task task;
  for (const int32_t row : clip.rows) {
    if (tokens.IsAudio(row)) {
      task.codes.push_back((row - tokens.audio_tokens_start) % tokens.codebook_size);
    } else if (task.codes.empty()) {
      task.prompt.push_back(row);
    }
  }
  return task;
}

void Compare(const lm::Generation& generation, const Task& task, Recital& recital) {
  const std::span<const int32_t> said = generation.codes();
  const size_t common = std::min(said.size(), task.codes.size());
  int64_t right = 0;
  for (size_t i = 0; i < common; ++i) right += said[i] == task.codes[i] ? 1 : 0;
  const auto first = std::mismatch(said.begin(), said.begin() + common, task.codes.begin()).first;
  ++recital.clips;
  recital.codes += std::ssize(task.codes);
  recital.right_codes += right;
  recital.right_at_once += first - said.begin();
  if (generation.ended() && std::ranges::equal(said, task.codes)) ++recital.perfect;
}

}  // namespace

Recital Recite(kernels::Ops& ops, const lm::LanguageModel& model, std::span<const Clip> clips) {
  const model::TokenLayout& tokens = model.config().tokens;
  Recital recital;
  lm::Workspace workspace;
  kernels::KvPool pool(model.device(), lm::KvShapeOf(model.config()));
  for (size_t begin = 0; begin < clips.size(); begin += kAtOnce) {
    const auto batch = clips.subspan(begin, std::min(kAtOnce, clips.size() - begin));
    std::vector<Task> tasks;
    std::vector<std::unique_ptr<lm::Generation>> generations;
    std::vector<lm::Generation*> all;
    for (const Clip& clip : batch) {
      const Task& task = tasks.emplace_back(TaskOf(clip, tokens));
      lm::GenerationRequest request{.prompt = task.prompt, .speaker_embedding = clip.speaker};
      request.sampling = {.temperature = 0, .repetition_penalty = 1};
      request.max_frames = std::ssize(task.codes) / tokens.codebooks + kFramesBeyond;
      generations.push_back(std::make_unique<lm::Generation>(model, pool, std::move(request)));
      all.push_back(generations.back().get());
    }
    while (!std::ranges::all_of(all, &lm::Generation::finished)) {
      lm::StepGenerations(ops, model, all, workspace);
    }
    for (size_t i = 0; i < tasks.size(); ++i) Compare(*generations[i], tasks[i], recital);
  }
  return recital;
}

}  // namespace kani::train
