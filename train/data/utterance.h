// One clip of a corpus as training sees it, and what the clips of a corpus have in common.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kani::train {

/// Which codec made the codes of a corpus. Shards of different formats do not mix.
struct CorpusFormat {
  std::string codec;  ///< identity of the codec: a name or a hash, compared as text
  int32_t codebooks = 0;
  int32_t codebook_size = 0;
  double frames_per_second = 0;
  int32_t speaker_emb_dim = 0;  ///< 0: no clip has an embedding

  bool operator==(const CorpusFormat&) const = default;
};

/// One clip. All texts are UTF-8; "" says unknown, but `text` and `id` are never empty.
struct Utterance {
  std::string id;    ///< name in the source it came from
  std::string text;  ///< transcript, without a language tag
  std::string voice, language, source;
  /// Bits for whoever makes the corpus; the format gives none a meaning.
  uint32_t flags = 0;
  /// Frames that the source claims. Differs from frames() only where duplicate frames were removed
  /// and the count was not updated, as the original's data sets do.
  int32_t encoded_len = 0;
  std::vector<uint16_t> codes;   ///< [F, Q], each in [0, codebook_size); F >= 1
  std::vector<float> embedding;  ///< [speaker_emb_dim], or empty

  bool operator==(const Utterance&) const = default;
  int64_t frames(const CorpusFormat& format) const { return std::ssize(codes) / format.codebooks; }
};

}  // namespace kani::train
