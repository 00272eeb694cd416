// What the jailed decoder writes and its parent reads: a header of fixed size, a text, samples. The
// two are one program on one machine, so numbers are as memory has them; the reader takes all of it
// for the work of an enemy, since the writer has read a stranger's file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "audio/wav.h"
#include "base/error.h"

namespace kani::jail {

/// Sends bytes in order.
using Send = std::function<void(std::span<const std::byte> bytes)>;

/// @param confined whether the kernel keeps the writer from all it has no business with.
void SendSound(const audio::Sound& sound, bool confined, const Send& send);
void SendError(const Error& error, bool confined, const Send& send);

/// Reads an answer as it comes. Memory grows with what has come, not with what is announced.
class AnswerReader {
 public:
  /// @param source name for messages.
  /// @param max_bytes of samples that are believed.
  AnswerReader(std::string source, size_t max_bytes)
      : source_(std::move(source)), max_bytes_(max_bytes) {}

  /// Throws kInvalidFile for what no decoder of ours writes.
  void Add(std::span<const std::byte> bytes);
  /// All that was announced is there.
  bool complete() const;
  /// REQUIRES complete().
  bool confined() const { return header_.confined != 0; }
  /// Throws the error that was answered. REQUIRES complete().
  audio::Sound Take();

 private:
  friend void SendSound(const audio::Sound&, bool, const Send&);
  friend void SendError(const Error&, bool, const Send&);
  struct Header {
    char magic[8] = {'K', 'A', 'N', 'I', 'P', 'C', 'M', '\0'};
    uint32_t status = 0;  // 0, or 1 + an ErrorCode
    uint32_t confined = 0;
    uint32_t sample_rate_hz = 0;
    uint32_t text_bytes = 0;  // of cut_short, or of the error's message
    uint64_t samples = 0;
  };

  void CheckHeader() const;

  const std::string source_;
  const size_t max_bytes_;
  Header header_;
  size_t header_bytes_ = 0;  // that have come
  std::string text_;
  audio::Sound sound_;
  size_t sample_bytes_ = 0;  // that have come
};

}  // namespace kani::jail
