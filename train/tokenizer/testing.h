// For tests: the message of an Error, a tokenizer learned from the sentences in tests/text.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"
#include "train/tokenizer/bpe_trainer.h"

namespace kani::train {

/// "code: message" of the Error that `call` throws, or "accepted".
template <typename Call>
std::string Failure(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return StrCat(ErrorCodeName(error.code()), ": ", error.what());
  }
  return "accepted";
}

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

inline void ExpectEqualTokens(const std::vector<model::AddedToken>& a,
                              const std::vector<model::AddedToken>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    const auto members = [](const model::AddedToken& token) {
      return std::tie(token.id, token.content, token.single_word, token.lstrip, token.rstrip,
                      token.normalized, token.special);
    };
    EXPECT_EQ(members(a[i]), members(b[i])) << a[i].content;
  }
}

inline model::TokenizerFile TrainOn(const std::vector<std::string>& texts, BpeOptions options) {
  BpeTrainer trainer(std::move(options));
  for (size_t i = 0; i < texts.size(); ++i) trainer.Add(texts[i], "texts", static_cast<int>(i) + 1);
  return trainer.Train();
}

}  // namespace kani::train
