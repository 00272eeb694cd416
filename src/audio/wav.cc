#include "audio/wav.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>

#include "audio/channel_energy.h"
#include "audio/resampler.h"
#include "base/atomic_file.h"
#include "base/error.h"

namespace kani::audio {
namespace {

constexpr size_t kRiffHeaderBytes = 12;
constexpr size_t kChunkHeaderBytes = 8;
constexpr size_t kFormatBytes = 16;
constexpr size_t kExtensibleBytes = 40;
constexpr uint16_t kPcm = 1, kIeeeFloat = 3, kExtensible = 0xFFFE;
constexpr uint32_t kUnknownSize = 0xFFFFFFFF;
// What programs write that do not know the size yet; the largest ones that a true chunk has are
// far below.
constexpr size_t kLowestUnknownSize = 0x7FFFF000;
// Some writers count a header to the data: a hundredth of a second is no loss.
constexpr int kUnmissedPerSecond = 100;

/// RIFF has the least byte of a number first, RIFX the greatest.
enum class Order { kLittle, kBig };

/// Unsigned integer of N bytes.
template <size_t N>
uint32_t Unsigned(const std::byte* at, Order order) {
  uint32_t value = 0;
  for (size_t i = 0; i < N; ++i) {
    const size_t shift = order == Order::kLittle ? i : N - 1 - i;
    value |= std::to_integer<uint32_t>(at[i]) << (8 * shift);
  }
  return value;
}

std::string_view FourBytes(std::span<const std::byte> bytes, size_t at) {
  return {reinterpret_cast<const char*>(bytes.data()) + at, 4};
}

struct Format {
  Order order = Order::kLittle;
  uint16_t codec = 0;  // kPcm or kIeeeFloat
  int channels = 0;
  int sample_rate_hz = 0;
  size_t sample_bytes = 0;  // of one channel
};

/// The codec that an extensible format chunk names by a GUID: four bytes of codec, the rest fixed.
uint16_t ExtensibleCodec(std::span<const std::byte> chunk, Order order, const std::string& source) {
  using Guid = std::array<uint8_t, 16>;
  constexpr Guid kLittle{0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00,
                         0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71};
  constexpr Guid kBig{0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10,
                      0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71};
  constexpr size_t kGuidAt = 24;
  if (chunk.size() < kExtensibleBytes) {
    Fail(ErrorCode::kInvalidFile, source, ": extensible format chunk of ", chunk.size(),
         " bytes, expected ", kExtensibleBytes);
  }
  Guid guid;
  std::memcpy(guid.data(), chunk.data() + kGuidAt, guid.size());
  // In RIFX the codec is a number of four bytes; SoX writes one of two, and the rest as in RIFF.
  const size_t codec_at = order == Order::kBig && guid[7] == kBig[7] ? 2 : 0;
  guid[codec_at] = guid[codec_at + 1] = 0;
  if (guid != (codec_at == 0 ? kLittle : kBig)) {
    Fail(ErrorCode::kUnsupported, source, ": WAVE sub-format is neither PCM nor float");
  }
  return static_cast<uint16_t>(Unsigned<2>(chunk.data() + kGuidAt + codec_at, order));
}

/// Bytes of one sample of one channel. More than its bits need are on the left: 24 bits in four
/// bytes. A size of blocks that fits no sample is not believed.
size_t SampleBytes(uint32_t block_bytes, uint32_t bits, int channels) {
  const size_t least = (bits + 7) / 8;
  const auto count = static_cast<size_t>(channels);
  const size_t each = block_bytes % count == 0 ? block_bytes / count : 0;
  return each >= least && each <= sizeof(int32_t) ? each : least;
}

Format ParseFormat(std::span<const std::byte> chunk, Order order, const std::string& source) {
  if (chunk.size() < kFormatBytes) {
    Fail(ErrorCode::kInvalidFile, source, ": format chunk of ", chunk.size(),
         " bytes, expected at least ", kFormatBytes);
  }
  Format format;
  format.order = order;
  format.codec = static_cast<uint16_t>(Unsigned<2>(chunk.data(), order));
  format.channels = static_cast<int>(Unsigned<2>(chunk.data() + 2, order));
  const uint32_t rate_hz = Unsigned<4>(chunk.data() + 4, order);
  const uint32_t block_bytes = Unsigned<2>(chunk.data() + 12, order);
  const uint32_t bits = Unsigned<2>(chunk.data() + 14, order);
  if (format.codec == kExtensible) format.codec = ExtensibleCodec(chunk, order, source);
  if (format.channels == 0) Fail(ErrorCode::kInvalidFile, source, ": no channels");
  if (rate_hz == 0 || rate_hz > static_cast<uint32_t>(kHighestRateHz)) {
    Fail(ErrorCode::kInvalidFile, source, ": sample rate ", rate_hz, " Hz, expected 1 to ",
         kHighestRateHz);
  }
  format.sample_rate_hz = static_cast<int>(rate_hz);
  const bool pcm = format.codec == kPcm && bits >= 1 && bits <= 32;
  const bool ieee_float = format.codec == kIeeeFloat && (bits == 32 || bits == 64);
  if (!pcm && !ieee_float) {
    Fail(ErrorCode::kUnsupported, source, ": WAVE codec ", format.codec, " with ", bits,
         " bits, expected PCM of at most 32 bits or float of 32 or 64");
  }
  format.sample_bytes = ieee_float ? bits / 8 : SampleBytes(block_bytes, bits, format.channels);
  return format;
}

/// Mean over the channels of each block, or the channel that holds what the mean would lose;
/// `decode` gives the value of one stored sample.
template <typename Decode>
std::vector<float> Mix(std::span<const std::byte> data, const Format& format, Decode decode) {
  const auto channels = static_cast<size_t>(format.channels);
  std::vector<float> samples(data.size() / (channels * format.sample_bytes));
  ChannelEnergy energy;
  const std::byte* at = data.data();
  for (float& sample : samples) {
    double sum = 0;
    for (size_t c = 0; c < channels; ++c, at += format.sample_bytes) {
      const double value = decode(at);
      energy.Add(c, value);
      sum += value;
    }
    energy.AddMean(sum / static_cast<double>(channels));
    sample = static_cast<float>(sum / static_cast<double>(channels));
  }
  const int better = energy.BetterThanMean();
  if (better < 0) return samples;
  at = data.data() + static_cast<size_t>(better) * format.sample_bytes;
  for (float& sample : samples) {
    sample = static_cast<float>(decode(at));
    at += channels * format.sample_bytes;
  }
  return samples;
}

template <typename Float, typename Bits>
double FloatSample(const std::byte* at, Order order) {
  Bits bits = 0;
  std::memcpy(&bits, at, sizeof(bits));
  if (order == Order::kBig) {
    Bits swapped = 0;
    for (size_t i = 0; i < sizeof(bits); ++i) swapped = swapped << 8 | ((bits >> (8 * i)) & 0xFF);
    bits = swapped;
  }
  return static_cast<double>(std::bit_cast<Float>(bits));
}

std::vector<float> Decode(std::span<const std::byte> data, const Format& format) {
  const Order order = format.order;
  if (format.codec == kIeeeFloat && format.sample_bytes == 4) {
    return Mix(data, format,
               [=](const auto* at) { return FloatSample<float, uint32_t>(at, order); });
  }
  if (format.codec == kIeeeFloat) {
    return Mix(data, format,
               [=](const auto* at) { return FloatSample<double, uint64_t>(at, order); });
  }
  // Moved to the top of 32 bits, the sign comes by itself.
  const auto signed_value = [](uint32_t bits) { return static_cast<int32_t>(bits) / 2147483648.0; };
  switch (format.sample_bytes) {
    case 1:  // the only unsigned one
      return Mix(data, format,
                 [](const std::byte* at) { return (std::to_integer<int>(*at) - 128) / 128.0; });
    case 2:
      return Mix(data, format,
                 [=](const auto* at) { return signed_value(Unsigned<2>(at, order) << 16); });
    case 3:
      return Mix(data, format,
                 [=](const auto* at) { return signed_value(Unsigned<3>(at, order) << 8); });
    default:
      return Mix(data, format,
                 [=](const auto* at) { return signed_value(Unsigned<4>(at, order)); });
  }
}

/// Whether the header was written before the size of the data was known.
/// @param begin of the data @param riff_size what the file's own header says
bool IsUnknownSize(size_t size, size_t begin, size_t riff_size) {
  if (size >= kLowestUnknownSize) return true;
  return size == 0 && (riff_size + kChunkHeaderBytes <= begin || riff_size >= kLowestUnknownSize);
}

/// Whether the size of the data was written once and never again, as by a recorder that was killed:
/// what follows it is neither another chunk nor a few bytes of padding.
bool IsOutgrown(std::span<const std::byte> behind, Order order) {
  constexpr size_t kPadding = 64;
  if (behind.size() <= kPadding) return false;
  const std::string_view id = FourBytes(behind, 0);
  const bool is_name =
      std::all_of(id.begin(), id.end(), [](char c) { return c >= ' ' && c <= '~'; });
  const bool is_zero = id == std::string_view("\0\0\0\0", 4);
  return !is_zero &&
         (!is_name || Unsigned<4>(behind.data() + 4, order) > behind.size() - kChunkHeaderBytes);
}

/// @param data what there is of `size` bytes
Sound ReadData(std::span<const std::byte> data, size_t size, const Format& format) {
  Sound sound{Decode(data, format), format.sample_rate_hz};
  const size_t said = size / (format.sample_bytes * static_cast<size_t>(format.channels));
  const size_t found = sound.samples.size();
  if (said > found + static_cast<size_t>(format.sample_rate_hz / kUnmissedPerSecond)) {
    sound.cut_short = CutShortText(static_cast<int64_t>(said), found);
  }
  return sound;
}

}  // namespace

std::string CutShortText(int64_t said_samples, size_t found_samples) {
  return StrCat("the file says ", said_samples, " samples, ", found_samples, " are there");
}

Sound ParseWav(std::span<const std::byte> bytes, const std::string& source) {
  if (bytes.size() < kRiffHeaderBytes || FourBytes(bytes, 8) != "WAVE") {
    Fail(ErrorCode::kInvalidFile, source, ": ", bytes.size(), " bytes, not a WAVE file");
  }
  const bool is_rifx = FourBytes(bytes, 0) == "RIFX";
  if (!is_rifx && FourBytes(bytes, 0) != "RIFF") {
    Fail(ErrorCode::kUnsupported, source, ": WAVE container ", Quoted(FourBytes(bytes, 0)),
         ", expected RIFF or RIFX");
  }
  const Order order = is_rifx ? Order::kBig : Order::kLittle;
  const size_t riff_size = Unsigned<4>(bytes.data() + 4, order);
  Format format;
  size_t at = kRiffHeaderBytes;
  while (bytes.size() - at >= kChunkHeaderBytes) {
    const std::string_view id = FourBytes(bytes, at);
    size_t size = Unsigned<4>(bytes.data() + at + 4, order);
    at += kChunkHeaderBytes;
    const size_t rest = bytes.size() - at;
    if (id == "data" &&
        (IsUnknownSize(size, at, riff_size) ||
         (size + size % 2 < rest && IsOutgrown(bytes.subspan(at + size + size % 2), order)))) {
      size = rest;
    }
    const std::span<const std::byte> chunk = bytes.subspan(at, std::min(size, bytes.size() - at));
    if (id == "fmt ") {
      format = ParseFormat(chunk, order, source);
    } else if (id == "data") {
      if (format.channels == 0) {
        Fail(ErrorCode::kInvalidFile, source, ": the data comes before its format chunk");
      }
      return ReadData(chunk, size, format);
    }
    at = std::min(bytes.size(), at + size + size % 2);  // chunks start at even offsets
  }
  Fail(ErrorCode::kInvalidFile, source, ": no data chunk");
}

std::vector<std::byte> WavHeader(int sample_rate_hz, uint64_t sample_count, bool unknown_length) {
  constexpr size_t kHeaderBytes = 44;
  constexpr uint64_t kMostSamples =
      (std::numeric_limits<uint32_t>::max() - (kHeaderBytes - 8)) / sizeof(int16_t);
  if (!unknown_length && sample_count > kMostSamples) {
    Fail(ErrorCode::kResourceExhausted, "WAV of ", sample_count, " samples, the format holds ",
         kMostSamples);
  }
  const auto data_bytes = static_cast<uint32_t>(sample_count * sizeof(int16_t));
  const auto rate_hz = static_cast<uint32_t>(sample_rate_hz);
  std::vector<std::byte> header;
  const auto text = [&](std::string_view value) {
    for (const char letter : value) header.push_back(static_cast<std::byte>(letter));
  };
  const auto number = [&](uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) header.push_back(static_cast<std::byte>(value >> (8 * i)));
  };
  text("RIFF");
  number(unknown_length ? kUnknownSize : data_bytes + uint32_t{kHeaderBytes - 8}, 4);
  text("WAVEfmt ");
  number(kFormatBytes, 4);
  number(kPcm, 2);
  number(1, 2);  // channels
  number(rate_hz, 4);
  number(rate_hz * 2, 4);  // bytes per second
  number(2, 2);            // bytes of a block
  number(16, 2);           // bits
  text("data");
  number(unknown_length ? kUnknownSize : data_bytes, 4);
  return header;
}

std::vector<int16_t> ToPcm16(std::span<const float> samples) {
  std::vector<int16_t> pcm(samples.size());
  std::transform(samples.begin(), samples.end(), pcm.begin(), [](float sample) {
    if (std::isnan(sample)) return int16_t{0};
    return static_cast<int16_t>(std::nearbyint(std::clamp(sample * 32768.0f, -32768.0f, 32767.0f)));
  });
  return pcm;
}

void WriteWav(const std::filesystem::path& path, std::span<const float> samples,
              int sample_rate_hz) {
  constexpr size_t kPieceSamples = 1 << 16;  // bounds the memory of the conversion
  const std::vector<std::byte> header = WavHeader(sample_rate_hz, samples.size(), false);
  AtomicFile file(path);
  file.Write(header);
  while (!samples.empty()) {
    const std::span<const float> piece = samples.first(std::min(kPieceSamples, samples.size()));
    const std::vector<int16_t> pcm = ToPcm16(piece);
    file.Write(std::as_bytes(std::span(pcm)));
    samples = samples.subspan(piece.size());
  }
  file.Commit();
}

}  // namespace kani::audio
