// Which clips of a corpus a run trains on, and which it holds out.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "train/data/corpus.h"

namespace kani::train {

struct SelectionOptions {
  double max_duration_s = std::numeric_limits<double>::infinity();
  /// The original's way: durations by the `encoded_len` that the source claims instead of by the
  /// frames that are there.
  bool trust_encoded_len = false;
  double held_out = 0.01;  ///< share of the texts
};

struct SelectedSource {
  std::string name;
  std::vector<int64_t> clips;  ///< numbers in the corpus, ascending
};

struct Selection {
  std::vector<SelectedSource> training;  ///< by name, none empty
  std::vector<int64_t> held_out;         ///< ascending
  int64_t too_long = 0;
};

/// Whether a text is held out: by its hash alone, so that clips added later move no other clip, and
/// all readings of one sentence fall on the same side. Texts are compared byte by byte.
bool IsHeldOut(std::string_view text, double share);

/// Throws kInvalidArgument for a share outside [0, 1) or a duration that is not above 0.
Selection Select(const Corpus& corpus, const SelectionOptions& options);

}  // namespace kani::train
