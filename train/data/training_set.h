// All of train/data behind one door: the batches of any step of any epoch.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "train/data/clip_lengths.h"
#include "train/data/clip_variation.h"
#include "train/data/corpus.h"
#include "train/data/order.h"
#include "train/data/packing.h"
#include "train/data/selection.h"
#include "train/data/training_sequence.h"

namespace kani::train {

struct TrainingSetOptions {
  SelectionOptions selection;
  SequenceOptions sequence;
  uint64_t seed = 42;
  int64_t budget_tokens = 8192;  ///< of one pack
  int64_t packs_per_step = 1;    ///< of all processes together
  /// OrderSource::weight by name of the source; 1 where nothing is said.
  std::map<std::string, double> source_weights;
  /// How often a clip is trained with the voice vector of another clip of its speaker, in [0, 1].
  double borrowed_voices = 0;
  ClipVariation variation;
};

/// The clips of a run and their order. Immutable; thread-safe.
class TrainingSet {
 public:
  /// What is referred to must outlive the set.
  /// @param lengths of all clips of the corpus; without them every clip is tokenized once
  /// Throws kInvalidArgument for options out of range, for a weight of a source that is not there,
  /// and when no clip is left to train on.
  TrainingSet(const Corpus& corpus, const text::Tokenizer& tokenizer,
              const model::TokenLayout& tokens, TrainingSetOptions options,
              ClipLengths lengths = {});

  /// Clips of one epoch, packed.
  struct Epoch {
    int64_t number = 0;
    std::vector<int64_t> clips;  ///< numbers in the corpus, by position in the epoch
    Packing packing;
  };
  /// The same for the same options and number; to resume, make it again.
  Epoch MakeEpoch(int64_t number) const;
  int64_t Steps(const Epoch& epoch) const {
    return StepsOf(epoch.packing.size(), options_.packs_per_step);
  }
  /// Numbers in the corpus of what process `rank` of `ranks` trains on in `step`, a list for each
  /// pack. Those of all ranks, one behind the other, are the same for any number of processes.
  /// Throws kInvalidArgument unless `ranks` divides packs_per_step.
  std::vector<std::vector<int64_t>> Packs(const Epoch& epoch, int64_t step, int64_t rank,
                                          int64_t ranks) const;
  /// A clip of an epoch, with the voice vector and the variation that this epoch gives it.
  Clip GetClip(int64_t clip, const Epoch& epoch) const;
  /// A clip as it is, for evaluation.
  Clip GetClip(int64_t clip) const;

  /// What was chosen; clips over the budget are in neither list.
  const Selection& selection() const { return selection_; }
  /// Clips that no pack can hold: they are not cut but left out.
  const std::vector<int64_t>& over_budget() const { return over_budget_; }

 private:
  void LeaveOutOverBudget();
  void FindClipsOfVoices();
  ClipOrder MakeOrder() const;

  const Corpus& corpus_;
  const text::Tokenizer& tokenizer_;
  const model::TokenLayout tokens_;
  const TrainingSetOptions options_;
  ClipLengths lengths_;
  Selection selection_;
  std::vector<int64_t> over_budget_;
  /// Clips with a voice vector by (source, voice): names are unique in a source only.
  std::map<std::pair<std::string, std::string>, std::vector<int64_t>> clips_of_voice_;
  std::optional<ClipOrder> order_;  ///< always there
};

}  // namespace kani::train
