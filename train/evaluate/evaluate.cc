#include "train/evaluate/evaluate.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "train/data/packing.h"
#include "train/evaluate/influence.h"
#include "train/evaluate/pack_scores.h"

namespace kani::train {
namespace {

// Any: the same targets are looked at in every evaluation.
constexpr uint64_t kInfluenceSeed = 42;

/// A mean in the making.
struct Sum {
  double value = 0;
  int64_t count = 0;

  void Add(double more) {
    value += more;
    ++count;
  }
  double Mean() const {
    return count == 0 ? std::numeric_limits<double>::quiet_NaN()
                      : value / static_cast<double>(count);
  }
};

/// What the right clips tell.
class Tally {
 public:
  explicit Tally(const model::TokenLayout& tokens)
      : tokens_(tokens), codebooks_(static_cast<size_t>(tokens.codebooks)), confusion_(tokens) {}

  void Add(const PackScores& pack) {
    AddAudio(pack.audio);
    AddOthers(pack.others);
    variances_.resize(pack.variances.size());
    for (size_t layer = 0; layer < variances_.size(); ++layer) {
      variances_[layer].value += pack.variances[layer];
      variances_[layer].count += pack.rows;
    }
  }

  void Report(Evaluation& out) const {
    out.targets = all_.count;
    out.losses = {all_.Mean(), text_.Mean(), audio_.Mean(), {}, end_.Mean()};
    for (const Sum& codebook : codebooks_) out.losses.codebooks.push_back(codebook.Mean());
    out.output_variance = OutputVarianceOfLayers();
    out.top1 = confusion_.top1();
    out.top5 = confusion_.top5();
  }

 private:
  void AddAudio(const RowScores& scores) {
    for (size_t i = 0; i < scores.losses.size(); ++i) {
      const int64_t code = scores.targets[i] - tokens_.audio_tokens_start;
      codebooks_[static_cast<size_t>(code / tokens_.codebook_size)].Add(scores.losses[i]);
      audio_.Add(scores.losses[i]);
      all_.Add(scores.losses[i]);
      constexpr size_t kBest = ConfusionCounter::kBest;
      confusion_.Add(scores.targets[i], std::span(scores.best).subspan(i * kBest, kBest));
    }
  }
  void AddOthers(const RowScores& scores) {
    for (size_t i = 0; i < scores.losses.size(); ++i) {
      if (scores.targets[i] < tokens_.text_vocab_size) text_.Add(scores.losses[i]);
      if (scores.targets[i] == tokens_.end_of_speech()) end_.Add(scores.losses[i]);
      all_.Add(scores.losses[i]);
    }
  }

  OutputVariance OutputVarianceOfLayers() const {
    std::vector<double> layers;
    Sum mean;
    for (const Sum& variance : variances_) {
      layers.push_back(variance.Mean());
      mean.Add(variance.Mean());
    }
    if (layers.empty()) return {};
    const auto [smallest, largest] = std::ranges::minmax(layers);
    return {mean.Mean(), smallest, largest};
  }

  model::TokenLayout tokens_;
  Sum all_, text_, audio_, end_;
  std::vector<Sum> codebooks_;
  ConfusionCounter confusion_;
  std::vector<Sum> variances_;  ///< of the attention layers
};

class Evaluator {
 public:
  Evaluator(const LanguageModel& model, std::span<const HeldOutClip> held_out,
            const EvaluationOptions& options, ProcessGroup& processes)
      : model_(model), held_out_(held_out), options_(options), processes_(processes) {
    for (const HeldOutClip& clip : held_out) clips_.push_back(clip.clip);
  }

  Evaluation Run() const {
    Evaluation out;
    out.clips = std::ssize(clips_);
    Tally tally(tokens());
    const std::vector<Sum> right = AudioLosses(clips_, &tally);
    tally.Report(out);
    out.text = Use(right, WrongTexts(held_out_), [&](const Clip& clip, const Clip& donor) {
      return WithText(clip, donor, tokens());
    });
    out.voice = Use(right, WrongVoices(held_out_), WithVoice);
    if (options_.influence_samples > 0) {
      out.influences =
          TokenInfluence(model_, clips_, options_.influence_samples, kInfluenceSeed, processes_);
    }
    return out;
  }

 private:
  const model::TokenLayout& tokens() const { return model_.config().tokens; }

  /// One pass over all clips. @param tally gets all there is to know, unless null
  /// @return the audio losses of each clip
  std::vector<Sum> AudioLosses(const std::vector<Clip>& clips, Tally* tally) const {
    std::vector<int32_t> lengths;
    for (const Clip& clip : clips) lengths.push_back(static_cast<int32_t>(clip.rows.size()));
    const Packing packing(lengths,
                          std::max<int64_t>(options_.budget_tokens, std::ranges::max(lengths)));
    std::vector<PackScores> packs;
    std::vector<std::vector<int64_t>> clips_of_scores;  // of the audio scores of each pack
    for (int64_t i = 0; i < packing.size(); ++i) {
      std::vector<Clip> packed;
      for (const int64_t number : packing.At(i)) {
        packed.push_back(clips[static_cast<size_t>(number)]);
      }
      const bool is_own = i % processes_.size() == processes_.rank();
      const PackedBatch batch =
          Pack(packed, model_.config(), is_own ? model_.parameters().values().device() : at::kCPU);
      const at::Tensor audio = RowsWhere(batch.targets.ge(tokens().audio_tokens_start));
      packs.push_back(is_own ? Score(batch, audio, tally != nullptr)
                             : Blank(batch, audio, tally != nullptr));
      clips_of_scores.push_back(ClipsOf(batch, audio, packing.At(i)));
    }
    ShareScores(packs, processes_);
    std::vector<Sum> sums(clips.size());
    for (size_t i = 0; i < packs.size(); ++i) {
      for (size_t k = 0; k < packs[i].audio.losses.size(); ++k) {
        sums[static_cast<size_t>(clips_of_scores[i][k])].Add(packs[i].audio.losses[k]);
      }
      if (tally) tally->Add(packs[i]);
    }
    return sums;
  }

  /// @param all whether more than the losses of audio rows is wanted
  PackScores Score(const PackedBatch& batch, const at::Tensor& audio, bool all) const {
    PackScores pack{.rows = batch.borders.back()};
    LayerObserver observe;
    if (all) {
      observe = [&](int64_t, const at::Tensor& output) {
        const at::Tensor variance = output.to(at::kFloat).var(1, /*unbiased=*/true);
        pack.variances.push_back(variance.sum(at::kDouble).item<double>());
      };
    }
    const at::Tensor hidden = model_.Hidden(batch, model_.Embed(batch), observe);
    pack.audio = ScoreRows(model_, batch, hidden, audio, all ? ConfusionCounter::kBest : 0);
    if (all) pack.others = ScoreRows(model_, batch, hidden, OtherRows(batch), /*best=*/0);
    return pack;
  }

  /// What another process scores.
  PackScores Blank(const PackedBatch& batch, const at::Tensor& audio, bool all) const {
    PackScores pack{.rows = batch.borders.back()};
    pack.audio = BlankScores(batch, audio, all ? ConfusionCounter::kBest : 0);
    if (!all) return pack;
    pack.others = BlankScores(batch, OtherRows(batch), /*best=*/0);
    pack.variances.resize(static_cast<size_t>(
        std::ranges::count(model_.config().layer_types, model::LayerType::kAttention)));
    return pack;
  }

  at::Tensor OtherRows(const PackedBatch& batch) const {
    return RowsWhere(
        batch.targets.ne(kNoTarget).logical_and(batch.targets.lt(tokens().audio_tokens_start)));
  }

  static at::Tensor RowsWhere(const at::Tensor& condition) {
    return condition.nonzero().squeeze(1);
  }

  /// For each of the `rows` of a batch the number of its clip. @param numbers of the batch's clips
  static std::vector<int64_t> ClipsOf(const PackedBatch& batch, const at::Tensor& rows,
                                      std::span<const int64_t> numbers) {
    const at::Tensor places = rows.to(at::kCPU);
    std::vector<int64_t> clips;
    size_t clip = 0;
    for (int64_t i = 0; i < places.numel(); ++i) {
      while (places.const_data_ptr<int64_t>()[i] >= batch.borders[clip + 1]) ++clip;
      clips.push_back(numbers[clip]);
    }
    return clips;
  }

  /// What the clips with a donor lose when `change` gives them something of it. The others stay
  /// among them: a change that means nothing to the model then means nothing to rounding either.
  std::optional<PromptUse> Use(
      const std::vector<Sum>& right, const Donors& donors,
      const std::function<Clip(const Clip& clip, const Clip& donor)>& change) const {
    PromptUse use;
    std::vector<Clip> changed = clips_;
    for (size_t i = 0; i < changed.size(); ++i) {
      if (!donors[i]) continue;
      changed[i] = change(clips_[i], clips_[*donors[i]]);
      ++use.clips;
    }
    if (use.clips == 0) return std::nullopt;
    const std::vector<Sum> wrong = AudioLosses(changed, nullptr);
    Sum difference;
    for (size_t i = 0; i < changed.size(); ++i) {
      if (!donors[i]) continue;
      difference.value += wrong[i].value - right[i].value;
      difference.count += right[i].count;
    }
    use.nats = difference.Mean();
    return use;
  }

  const LanguageModel& model_;
  const std::span<const HeldOutClip> held_out_;
  const EvaluationOptions options_;
  ProcessGroup& processes_;
  std::vector<Clip> clips_;
};

}  // namespace

Evaluation Evaluate(const LanguageModel& model, std::span<const HeldOutClip> clips,
                    const EvaluationOptions& options, ProcessGroup& processes) {
  if (clips.empty()) Fail(ErrorCode::kInvalidArgument, "no clips to evaluate the model on");
  const at::NoGradGuard no_gradient;
  return Evaluator(model, clips, options, processes).Run();
}

Evaluation Evaluate(const LanguageModel& model, std::span<const HeldOutClip> clips,
                    const EvaluationOptions& options) {
  ProcessGroup alone;
  return Evaluate(model, clips, options, alone);
}

}  // namespace kani::train
