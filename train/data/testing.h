// Invented clips for the tests of this folder.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "base/testing.h"  // TestFolder
#include "train/data/utterance.h"

namespace kani::train {

inline const CorpusFormat kTestFormat{"test-codec", 2, 20, 12.5, 3};

/// Clips of 1 to 40 frames of seven voices, two languages and two sources; the same on every call.
inline std::vector<Utterance> TestUtterances(int64_t count, uint64_t seed = 0) {
  std::vector<Utterance> out;
  for (int64_t i = 0; i < count; ++i) {
    const CounterRandom random(seed, static_cast<uint64_t>(i));
    Utterance clip;
    clip.id = StrCat("clip-", seed, "-", i);
    clip.text = StrCat("Some words of clip ", seed, "-", i, ": ñ.");
    clip.voice = StrCat("voice", random.Bits(0) % 7);
    clip.language = i % 3 == 0 ? "es" : "en";
    clip.source = i % 4 == 0 ? "radio" : "books";
    const size_t frames = 1 + random.Bits(1) % 40;
    clip.encoded_len = static_cast<int32_t>(frames);
    for (size_t k = 0; k < frames * 2; ++k) {
      clip.codes.push_back(static_cast<uint16_t>(random.Bits(10 + k) % 20));
    }
    for (size_t k = 0; k < 3; ++k) {
      clip.embedding.push_back(static_cast<float>(random.Normal(1000 + k)));
    }
    out.push_back(std::move(clip));
  }
  return out;
}

}  // namespace kani::train
