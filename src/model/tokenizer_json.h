// Reads tokenizer.json in one pass. Its three long parts (a few hundred thousand values) go
// straight into vectors, because a JSON tree of them takes twice the time of the whole parse; the
// rest is small and becomes a tree. Meaning is checked in tokenizer_file.cc.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/tokenizer_file.h"

namespace kani::model {

struct TokenizerJson {
  std::vector<std::pair<std::string, uint64_t>> vocab;  ///< in the order of the file
  std::vector<std::pair<std::string, std::string>> merges;
  std::vector<AddedToken> added_tokens;
  nlohmann::json rest;  ///< the document without those three
};

/// Throws kInvalidFile for anything that is not UTF-8 JSON, is nested deeper than 64 levels, or has
/// another shape in the long parts: {token: id}, "left right" or [left, right], complete tokens.
TokenizerJson ReadTokenizerJson(std::string_view text, const std::string& source);

}  // namespace kani::model
