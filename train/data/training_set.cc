#include "train/data/training_set.h"

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace kani::train {
namespace {

TrainingSetOptions Checked(TrainingSetOptions options) {
  if (!(options.borrowed_voices >= 0 && options.borrowed_voices <= 1) ||
      options.packs_per_step < 1) {
    Fail(ErrorCode::kInvalidArgument, "borrowed voices ", options.borrowed_voices, " and ",
         options.packs_per_step, " packs a step, expected [0, 1] and at least 1");
  }
  Check(options.variation);
  return options;
}

}  // namespace

TrainingSet::TrainingSet(const Corpus& corpus, const text::Tokenizer& tokenizer,
                         const model::TokenLayout& tokens, TrainingSetOptions options,
                         ClipLengths lengths)
    : corpus_(corpus),
      tokenizer_(tokenizer),
      tokens_(tokens),
      options_(Checked(std::move(options))),
      lengths_(std::move(lengths)),
      selection_(Select(corpus, options_.selection)) {
  if (lengths_.empty()) {
    lengths_.resize(static_cast<size_t>(corpus.size()));
    MeasureClips(corpus, tokenizer, tokens, options_.sequence, 0, corpus.size(), lengths_);
  }
  LeaveOutOverBudget();
  if (options_.borrowed_voices > 0) FindClipsOfVoices();
  order_.emplace(MakeOrder());
}

void TrainingSet::LeaveOutOverBudget() {
  int64_t shortest = std::numeric_limits<int64_t>::max(), longest = 0;
  for (SelectedSource& source : selection_.training) {
    std::erase_if(source.clips, [&](int64_t clip) {
      const int64_t length = lengths_[static_cast<size_t>(clip)];
      shortest = std::min(shortest, length);
      longest = std::max(longest, length);
      if (length > options_.budget_tokens) over_budget_.push_back(clip);
      return length > options_.budget_tokens;
    });
  }
  std::erase_if(selection_.training, [](const auto& source) { return source.clips.empty(); });
  if (selection_.training.empty() && !over_budget_.empty()) {
    Fail(ErrorCode::kInvalidArgument, "packs of ", options_.budget_tokens,
         " tokens hold none of the ", over_budget_.size(), " clips: they have ", shortest, " to ",
         longest, " tokens");
  }
}

void TrainingSet::FindClipsOfVoices() {
  for (const SelectedSource& source : selection_.training) {
    for (const int64_t clip : source.clips) {
      const Utterance utterance = corpus_.Get(clip);
      if (utterance.embedding.empty() || utterance.voice.empty()) continue;
      clips_of_voice_[{utterance.source, utterance.voice}].push_back(clip);
    }
  }
}

ClipOrder TrainingSet::MakeOrder() const {
  std::vector<OrderSource> sources;
  size_t weights_used = 0;
  for (const SelectedSource& source : selection_.training) {
    const auto weight = options_.source_weights.find(source.name);
    const bool is_given = weight != options_.source_weights.end();
    weights_used += is_given ? 1 : 0;
    sources.push_back({std::ssize(source.clips), is_given ? weight->second : 1});
  }
  if (weights_used < options_.source_weights.size()) {
    for (const auto& [name, weight] : options_.source_weights) {
      if (std::ranges::find(selection_.training, name, &SelectedSource::name) ==
          selection_.training.end()) {
        Fail(ErrorCode::kInvalidArgument, "weight of source ", Quoted(name),
             ": no clip of it is trained on");
      }
    }
  }
  return ClipOrder(options_.seed, sources);
}

TrainingSet::Epoch TrainingSet::MakeEpoch(int64_t number) const {
  std::vector<int64_t> clips;
  std::vector<int32_t> lengths;
  for (int64_t position = 0; position < order_->size(); ++position) {
    const OrderedClip at = order_->At(number, position);
    const SelectedSource& source = selection_.training[static_cast<size_t>(at.source)];
    clips.push_back(source.clips[static_cast<size_t>(at.clip)]);
    lengths.push_back(lengths_[static_cast<size_t>(clips.back())]);
  }
  return {number, std::move(clips), Packing(lengths, options_.budget_tokens)};
}

std::vector<std::vector<int64_t>> TrainingSet::Packs(const Epoch& epoch, int64_t step, int64_t rank,
                                                     int64_t ranks) const {
  const PackRange range = PacksOf(epoch.packing.size(), options_.packs_per_step, step, rank, ranks);
  std::vector<std::vector<int64_t>> packs;
  for (int64_t pack = range.begin; pack < range.end; ++pack) {
    std::vector<int64_t>& clips = packs.emplace_back();
    for (const int64_t position : epoch.packing.At(pack)) {
      clips.push_back(epoch.clips[static_cast<size_t>(position)]);
    }
  }
  return packs;
}

Clip TrainingSet::GetClip(int64_t clip, const Epoch& epoch) const {
  const Utterance utterance = corpus_.Get(clip);
  Clip out = BuildClip(utterance, corpus_.format(), tokenizer_, tokens_, options_.sequence);
  const auto same_voice = clips_of_voice_.find({utterance.source, utterance.voice});
  if (!out.speaker.empty() && same_voice != clips_of_voice_.end()) {
    const int64_t donor =
        VoiceDonor(options_.seed, epoch.number, clip, same_voice->second, options_.borrowed_voices);
    if (donor != clip) out.speaker = corpus_.Get(donor).embedding;
  }
  Vary(options_.variation, tokens_, options_.seed, epoch.number, clip, out);
  return out;
}

Clip TrainingSet::GetClip(int64_t clip) const {
  return BuildClip(corpus_.Get(clip), corpus_.format(), tokenizer_, tokens_, options_.sequence);
}

}  // namespace kani::train
