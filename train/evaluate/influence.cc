#include "train/evaluate/influence.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <map>

#include "train/data/permutation.h"

namespace kani::train {
namespace {

/// A row of a clip that predicts a code.
struct Sample {
  size_t clip = 0;
  int64_t row = 0;
};

int32_t Codebook(const model::TokenLayout& tokens, int32_t token) {
  return (token - tokens.audio_tokens_start) / tokens.codebook_size;
}

/// Rows that predict codes, by the codebook.
std::vector<std::vector<Sample>> AudioTargets(const model::TokenLayout& tokens,
                                              std::span<const Clip> clips) {
  std::vector<std::vector<Sample>> out(static_cast<size_t>(tokens.codebooks));
  for (size_t clip = 0; clip < clips.size(); ++clip) {
    const std::vector<int32_t>& rows = clips[clip].rows;
    for (size_t row = 0; row + 1 < rows.size(); ++row) {
      if (!tokens.IsAudio(rows[row + 1])) continue;
      out[static_cast<size_t>(Codebook(tokens, rows[row + 1]))].push_back(
          {clip, static_cast<int64_t>(row)});
    }
  }
  return out;
}

/// Adds the norms of the gradient's rows [rows, D] to what they are of.
void AddNorms(const at::Tensor& gradient, const Clip& clip, const model::TokenLayout& tokens,
              int32_t codebook, Influence& sum) {
  const at::Tensor norms = gradient.to(at::kFloat).norm(2, 1).to(at::kCPU).contiguous();
  for (int64_t row = 0; row < norms.size(0); ++row) {
    const int32_t token = clip.rows[static_cast<size_t>(row)];
    double& kind = !tokens.IsAudio(token)                ? sum.text
                   : Codebook(tokens, token) == codebook ? sum.same_codebook
                                                         : sum.other_codebooks;
    kind += norms.const_data_ptr<float>()[row];
  }
}

/// Adds the norms for the codes that these rows of a clip predict, by their codebook.
/// @param influences [Q]
void AddInfluences(const LanguageModel& model, const Clip& clip, std::span<const int64_t> rows,
                   std::span<Influence> influences) {
  const model::TokenLayout& tokens = model.config().tokens;
  const PackedBatch batch = Pack({&clip, 1}, model.config(), model.parameters().values().device());
  const at::Tensor embedded = model.Embed(batch).detach().requires_grad_();
  const at::Tensor hidden = model.Hidden(batch, embedded);
  for (const int64_t row : rows) {
    const at::Tensor logits = model.Logits(hidden.narrow(0, row, 1));
    const at::Tensor loss = at::cross_entropy_loss(logits, batch.targets.narrow(0, row, 1));
    const at::Tensor gradient =
        torch::autograd::grad({loss}, {embedded}, {}, /*retain_graph=*/true)[0];
    const int32_t codebook = Codebook(tokens, clip.rows[static_cast<size_t>(row + 1)]);
    AddNorms(gradient.narrow(0, 0, row + 1), clip, tokens, codebook,
             influences[static_cast<size_t>(codebook)]);
  }
}

}  // namespace

std::vector<Influence> TokenInfluence(const LanguageModel& model, std::span<const Clip> clips,
                                      int64_t samples, uint64_t seed, ProcessGroup& processes) {
  const at::AutoGradMode with_gradient(true);
  const model::TokenLayout& tokens = model.config().tokens;
  const std::vector<std::vector<Sample>> targets = AudioTargets(tokens, clips);
  std::map<size_t, std::vector<int64_t>> rows_of_clip;  // so that each clip is read once
  for (size_t codebook = 0; codebook < targets.size(); ++codebook) {
    const int64_t count = std::ssize(targets[codebook]);
    const KeyedPermutation order(count, seed, codebook);
    for (int64_t i = 0; i < std::min(samples, count); ++i) {
      const Sample& sample = targets[codebook][static_cast<size_t>(order(i))];
      rows_of_clip[sample.clip].push_back(sample.row);
    }
  }
  // What each clip adds is one process' and zero in all others, so that the sum is exact.
  std::vector<Influence> parts(rows_of_clip.size() * targets.size());
  size_t next = 0;
  for (const auto& [number, rows] : rows_of_clip) {
    const size_t turn = next++;
    if (turn % static_cast<size_t>(processes.size()) != static_cast<size_t>(processes.rank())) {
      continue;
    }
    AddInfluences(model, clips[number], rows, std::span(parts).subspan(turn * targets.size()));
  }
  static_assert(sizeof(Influence) == 3 * sizeof(double));
  processes.Sum(
      at::from_blob(parts.data(), {3 * std::ssize(parts)}, at::TensorOptions(at::kDouble)));
  std::vector<Influence> influences(targets.size());
  for (size_t i = 0; i < parts.size(); ++i) {
    Influence& influence = influences[i % targets.size()];
    influence.text += parts[i].text;
    influence.same_codebook += parts[i].same_codebook;
    influence.other_codebooks += parts[i].other_codebooks;
  }
  for (Influence& influence : influences) {
    const double sum = influence.text + influence.same_codebook + influence.other_codebooks;
    if (sum == 0) continue;
    influence.text /= sum;
    influence.same_codebook /= sum;
    influence.other_codebooks /= sum;
  }
  return influences;
}

}  // namespace kani::train
