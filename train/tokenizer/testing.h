// For tests: a tokenizer learned from the sentences in tests/text.
#pragma once

#include <filesystem>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/atomic_file.h"
#include "base/testing.h"
#include "train/tokenizer/bpe_trainer.h"

namespace kani::train {

/// 64 English and 64 Spanish sentences, with their tags.
inline std::vector<std::string> TaggedSentences() {
  std::vector<std::string> out;
  for (const std::string language : {"en", "es"}) {
    const std::filesystem::path path =
        std::filesystem::path(KANI_TEST_DATA) / "text" / ("sentences." + language + ".txt");
    std::istringstream lines(ReadTextFile(path, 1 << 20));
    for (std::string line; std::getline(lines, line);) out.push_back(language + ": " + line);
  }
  return out;
}

inline model::TokenizerFile TrainOn(const std::vector<std::string>& texts, BpeOptions options) {
  BpeTrainer trainer(std::move(options));
  for (size_t i = 0; i < texts.size(); ++i) trainer.Add(texts[i], "texts", static_cast<int>(i) + 1);
  return trainer.Train();
}

}  // namespace kani::train
