// Writes a tokenizer as the official library (Hugging Face tokenizers, transformers) and src/model
// read it.
#pragma once

#include <filesystem>
#include <string>

#include "model/tokenizer_file.h"

namespace kani::train {

/// tokenizer.json: model::ParseTokenizerFile() of it is `file` again, and equal files give equal
/// bytes. Tokens and merges stand in the order of their ids and ranks, one a line.
/// REQUIRES: prefix_ids are ids of `vocab`.
std::string TokenizerJson(const model::TokenizerFile& file);

/// Writes tokenizer.json and tokenizer_config.json, which names the tokens that stand before and
/// after a text and pad it, into an existing folder.
/// REQUIRES: ids as BpeOptions::special_tokens has them.
/// Throws what model::ParseTokenizerFile() throws when it would refuse the file, and kIo.
void WriteTokenizer(const std::filesystem::path& folder, const model::TokenizerFile& file);

}  // namespace kani::train
