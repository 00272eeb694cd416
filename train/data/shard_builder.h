// Writes shards (shard.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "train/data/utterance.h"

namespace kani::train {

/// Collects clips in memory and writes them as one shard. Equal embeddings are stored once.
class ShardBuilder {
 public:
  /// Throws kInvalidArgument for a format outside the limits of docs/formats.md.
  explicit ShardBuilder(CorpusFormat format);

  /// Throws kInvalidArgument that names the clip's id, for one that breaks the contract of
  /// Utterance or a limit, and kResourceExhausted when the shard is full. The shard stays as it
  /// was.
  void Add(const Utterance& utterance);
  /// Clips so far.
  int64_t size() const { return std::ssize(flags_); }
  /// Bytes of the file so far, nearly. When to begin the next shard is the caller's choice.
  int64_t size_bytes() const;
  /// Writes atomically; the same clips in the same order give the same bytes. Throws kIo, and
  /// kInvalidArgument for a shard without clips.
  void Write(const std::filesystem::path& path) const;

 private:
  struct Strings {
    std::string bytes;
    std::vector<int64_t> ends;
    void Add(const std::string& text);
  };
  /// Names that many clips share, numbered as they come.
  struct Names {
    Strings strings;
    std::map<std::string, int32_t> indices;
    int32_t IndexOf(const std::string& name);
  };
  void Check(const Utterance& utterance) const;
  int32_t EmbeddingIndex(const std::vector<float>& embedding);

  CorpusFormat format_;
  Strings texts_, ids_;
  Names voices_, languages_, sources_;
  std::vector<int32_t> voice_, language_, source_, embedding_, flags_, encoded_len_;  // [B]
  std::vector<int64_t> code_ends_;                                                    // [B] frames
  std::vector<uint16_t> codes_;                                                       // [F, Q]
  std::vector<float> embeddings_;  // [embeddings, D]
  std::map<std::vector<float>, int32_t> embedding_indices_;
};

}  // namespace kani::train
