// How many tokens each clip of a corpus has. Tokenizing all texts of a large corpus takes
// minutes (10 us for one of 14 words), so the result is kept in a file: clip_lengths.safetensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/token_layout.h"
#include "text/tokenizer.h"
#include "train/data/corpus.h"
#include "train/data/training_sequence.h"

namespace kani::train {

/// Rows that BuildClip makes of each clip, by number in the corpus; [corpus.size()], each above 0.
using ClipLengths = std::vector<int32_t>;

/// Sets those of clips [begin, end). Throws as BuildClip does.
void MeasureClips(const Corpus& corpus, const text::Tokenizer& tokenizer,
                  const model::TokenLayout& tokens, const SequenceOptions& options, int64_t begin,
                  int64_t end, std::span<int32_t> lengths);

/// Names all that lengths are a function of: every byte of the shards that are read, the tokenizer,
/// and how sequences are made.
/// @param tokenizer contents of its file
std::string ClipLengthsKey(const Corpus& corpus, std::string_view tokenizer,
                           const model::TokenLayout& tokens, const SequenceOptions& options);

/// Writes as AtomicFile does.
void WriteClipLengths(const std::filesystem::path& path, const std::string& key,
                      std::span<const int32_t> lengths);
/// Throws kNotFound; kInvalidFile for a damaged file, and for one of another key or of other than
/// `clips` clips: it is out of date. As ReadBinaryFile does for one that is far too large.
ClipLengths ReadClipLengths(const std::filesystem::path& path, const std::string& key,
                            int64_t clips);
/// The same for bytes in memory.
ClipLengths ParseClipLengths(std::span<const std::byte> bytes, const std::string& key,
                             int64_t clips, const std::string& source);

}  // namespace kani::train
