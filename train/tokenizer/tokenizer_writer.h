// Writes a learned tokenizer as a folder that the official library and src/model read.
#pragma once

#include <filesystem>

#include "model/tokenizer_file.h"

namespace kani::train {

/// Writes tokenizer.json and tokenizer_config.json, which names the tokens that stand before and
/// after a text and pad it, into an existing folder.
/// REQUIRES: ids as BpeOptions::special_tokens has them.
/// Throws as model::SaveTokenizerFile.
void WriteTokenizer(const std::filesystem::path& folder, const model::TokenizerFile& file);

}  // namespace kani::train
