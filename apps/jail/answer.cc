#include "apps/jail/answer.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>

namespace kani::jail {
namespace {

constexpr size_t kMaxTextBytes = 4096;
// Of messages that a decoder may have.
constexpr ErrorCode kCodes[] = {ErrorCode::kInvalidFile, ErrorCode::kUnsupported,
                                ErrorCode::kResourceExhausted, ErrorCode::kInternal};

uint32_t StatusOf(ErrorCode code) { return static_cast<uint32_t>(code) + 1; }

/// Takes bytes from the front of `bytes` until `to` holds `wanted`.
size_t TakeBytes(std::span<const std::byte>& bytes, void* to, size_t have, size_t wanted) {
  const size_t count = std::min(bytes.size(), wanted - have);
  if (count > 0) std::memcpy(static_cast<std::byte*>(to) + have, bytes.data(), count);
  bytes = bytes.subspan(count);
  return have + count;
}

}  // namespace

void SendSound(const audio::Sound& sound, bool confined, const Send& send) {
  AnswerReader::Header header;
  header.confined = confined ? 1 : 0;
  header.sample_rate_hz = static_cast<uint32_t>(sound.sample_rate_hz);
  const std::string_view text = std::string_view(sound.cut_short).substr(0, kMaxTextBytes);
  header.text_bytes = static_cast<uint32_t>(text.size());
  header.samples = sound.samples.size();
  send(std::as_bytes(std::span(&header, 1)));
  send(std::as_bytes(std::span(text)));
  send(std::as_bytes(std::span(sound.samples)));
}

void SendError(const Error& error, bool confined, const Send& send) {
  const auto* known = std::ranges::find(kCodes, error.code());
  AnswerReader::Header header;
  header.confined = confined ? 1 : 0;
  header.status = StatusOf(known != std::end(kCodes) ? *known : ErrorCode::kInternal);
  const std::string_view text = std::string_view(error.what()).substr(0, kMaxTextBytes);
  header.text_bytes = static_cast<uint32_t>(text.size());
  send(std::as_bytes(std::span(&header, 1)));
  send(std::as_bytes(std::span(text)));
}

void AnswerReader::CheckHeader() const {
  const bool is_error =
      std::ranges::any_of(kCodes, [&](ErrorCode code) { return header_.status == StatusOf(code); });
  const bool is_sound = header_.status == 0 && header_.sample_rate_hz > 0 &&
                        header_.sample_rate_hz <= std::numeric_limits<int>::max() &&
                        header_.samples <= max_bytes_ / sizeof(float);
  if (std::memcmp(header_.magic, Header().magic, sizeof(header_.magic)) != 0 ||
      header_.confined > 1 || header_.text_bytes > kMaxTextBytes || !(is_error || is_sound) ||
      (is_error && header_.samples != 0)) {
    Fail(
        ErrorCode::kInvalidFile, source_,
        ": its decoder answered what no decoder of this program does: the file is made to do harm");
  }
}

void AnswerReader::Add(std::span<const std::byte> bytes) {
  static_assert(std::is_trivially_copyable_v<Header> && sizeof(Header) == 32);
  if (header_bytes_ < sizeof(Header)) {
    header_bytes_ = TakeBytes(bytes, &header_, header_bytes_, sizeof(Header));
    if (header_bytes_ < sizeof(Header)) return;
    CheckHeader();
  }
  const size_t text = std::min<size_t>(bytes.size(), header_.text_bytes - text_.size());
  text_.append(reinterpret_cast<const char*>(bytes.data()), text);
  bytes = bytes.subspan(text);
  if (bytes.size() > header_.samples * sizeof(float) - sample_bytes_) {
    Fail(ErrorCode::kInvalidFile, source_,
         ": its decoder answered more than it announced: the file is made to do harm");
  }
  const size_t wanted = sample_bytes_ + bytes.size();
  sound_.samples.resize((wanted + sizeof(float) - 1) / sizeof(float));
  sample_bytes_ = TakeBytes(bytes, sound_.samples.data(), sample_bytes_, wanted);
}

bool AnswerReader::complete() const {
  return header_bytes_ == sizeof(Header) && text_.size() == header_.text_bytes &&
         sample_bytes_ == header_.samples * sizeof(float);
}

audio::Sound AnswerReader::Take() {
  // One line, whatever the writer was made to say.
  for (char& c : text_) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7F') c = '?';
  }
  if (header_.status != 0) throw Error(static_cast<ErrorCode>(header_.status - 1), text_);
  sound_.sample_rate_hz = static_cast<int>(header_.sample_rate_hz);
  sound_.cut_short = std::move(text_);
  return std::move(sound_);
}

}  // namespace kani::jail
