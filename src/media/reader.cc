// Audio files to mono float. FFmpeg only ever sees bytes in memory: it opens no file, no address
// and no playlist by itself.
#include <algorithm>
#include <cstring>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/read_file.h"
#include "media/containers.h"
#include "media/ffmpeg.h"
#include "media/lengths.h"
#include "media/media.h"
#include "media/mixer.h"

namespace kani::media {
namespace {

constexpr size_t kMaxFileBytes = size_t{1} << 30;
// Codecs have frames of thousands of samples; a million is a damaged header.
constexpr int kMaxFrameSamples = 1 << 20;
constexpr int kMaxChannels = 64;

/// NIST's packed SPHERE files, of which FFmpeg reads some.
void RejectShorten(std::span<const std::byte> bytes, const std::string& source) {
  constexpr size_t kHeaderBytes = 1024;
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()),
                              std::min(bytes.size(), kHeaderBytes));
  if (head.starts_with("NIST_1A") && head.find("embedded-shorten") != std::string_view::npos) {
    Fail(ErrorCode::kUnsupported, source,
         ": is a SPHERE file packed with shorten, which this program does not open; unpack it "
         "first, with sph2pipe");
  }
}

/// A file in memory as FFmpeg's input.
class MemoryInput {
 public:
  explicit MemoryInput(std::span<const std::byte> bytes)
      : bytes_(bytes), io_(MakeIo(/*writes=*/false, this, &Read, nullptr, &Seek)) {}
  MemoryInput(const MemoryInput&) = delete;
  MemoryInput& operator=(const MemoryInput&) = delete;
  AVIOContext* io() { return io_.get(); }

 private:
  static int Read(void* opaque, uint8_t* to, int wanted) {
    auto& self = *static_cast<MemoryInput*>(opaque);
    const size_t count = std::min(static_cast<size_t>(wanted), self.bytes_.size() - self.at_);
    if (count == 0) return AVERROR_EOF;
    std::memcpy(to, self.bytes_.data() + self.at_, count);
    self.at_ += count;
    return static_cast<int>(count);
  }
  static int64_t Seek(void* opaque, int64_t offset, int whence) {
    auto& self = *static_cast<MemoryInput*>(opaque);
    const auto size = static_cast<int64_t>(self.bytes_.size());
    if (whence & AVSEEK_SIZE) return size;
    const int base = whence & ~AVSEEK_FORCE;
    const int64_t origin =
        base == SEEK_CUR ? static_cast<int64_t>(self.at_) : (base == SEEK_END ? size : 0);
    if (offset < -origin || offset > size - origin) return AVERROR(EINVAL);
    self.at_ = static_cast<size_t>(origin + offset);
    return origin + offset;
  }

  std::span<const std::byte> bytes_;
  size_t at_ = 0;
  FfmpegPtr<AVIOContext> io_;
};

int RefuseToOpen(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EACCES);
}

struct InputCloser {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
};
using Input = std::unique_ptr<AVFormatContext, InputCloser>;

/// FFmpeg's reader for what the first bytes look like. Throws for one that is not opened.
const AVInputFormat* ProbeFormat(MemoryInput& memory, const std::string& source) {
  const AVInputFormat* format = nullptr;
  const int score = av_probe_input_buffer2(memory.io(), &format, "", nullptr, 0, 0);
  if (score == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (score < 0 || format == nullptr) {
    Fail(ErrorCode::kInvalidFile, source, ": not an audio file of a known format");
  }
  if (!IsContainerOpened(format->name)) {
    Fail(ErrorCode::kUnsupported, source, ": looks like ", Quoted(format->long_name),
         ", a format this program does not open");
  }
  return format;
}

Input OpenInput(MemoryInput& memory, const std::string& source) {
  const AVInputFormat* format = ProbeFormat(memory, source);
  AVFormatContext* context = Allocated(avformat_alloc_context());
  context->pb = memory.io();
  context->io_open = &RefuseToOpen;
  context->format_whitelist = av_strdup(ContainerNames().c_str());
  context->protocol_whitelist = av_strdup("");
  // On failure FFmpeg frees the context itself.
  const int error = avformat_open_input(&context, "", format, nullptr);
  if (error == AVERROR_PATCHWELCOME) {
    Fail(ErrorCode::kUnsupported, source, ": is a kind of ", Quoted(format->long_name),
         " that this program does not open");
  }
  if (error < 0) {
    Fail(CodeOfFfmpegError(error, ErrorCode::kInvalidFile), source, ": damaged ",
         Quoted(format->long_name), " file, or of a kind that is not known: ", FfmpegError(error));
  }
  Input input(context);
  const int probed = avformat_find_stream_info(input.get(), nullptr);
  if (probed < 0) {
    Fail(CodeOfFfmpegError(probed, ErrorCode::kInvalidFile), source,
         ": damaged audio file: ", FfmpegError(probed));
  }
  return input;
}

/// The first audio stream; all others are switched off.
AVStream* SelectAudio(AVFormatContext& input, const std::string& source) {
  AVStream* audio = nullptr;
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    AVStream* stream = input.streams[i];
    if (audio == nullptr && stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO) {
      audio = stream;
    } else {
      stream->discard = AVDISCARD_ALL;
    }
  }
  if (audio == nullptr) Fail(ErrorCode::kInvalidFile, source, ": has no audio stream");
  return audio;
}

FfmpegPtr<AVCodecContext> OpenDecoder(const AVStream& stream, const std::string& source) {
  const AVCodec* codec = avcodec_find_decoder(stream.codecpar->codec_id);
  if (codec == nullptr) {
    Fail(ErrorCode::kUnsupported, source, ": no decoder for its codec ",
         avcodec_get_name(stream.codecpar->codec_id));
  }
  // The tag is that of Natural MicroSystems' ADPCM, of which FFmpeg makes noise.
  if (codec->id == AV_CODEC_ID_AMR_NB && stream.codecpar->codec_tag == 0x38) {
    Fail(ErrorCode::kUnsupported, source,
         ": is WAVE of NMS ADPCM, which this program does not open");
  }
  FfmpegPtr<AVCodecContext> decoder(Allocated(avcodec_alloc_context3(codec)));
  int error = avcodec_parameters_to_context(decoder.get(), stream.codecpar);
  decoder->pkt_timebase = stream.time_base;
  decoder->thread_count = 1;
  // A frame whose checksum is wrong is noise. Decoders without checksums would find fault with
  // whole files too.
  constexpr AVCodecID kChecksummed[] = {AV_CODEC_ID_FLAC, AV_CODEC_ID_WAVPACK, AV_CODEC_ID_TTA,
                                        AV_CODEC_ID_APE,  AV_CODEC_ID_TAK,     AV_CODEC_ID_AC3,
                                        AV_CODEC_ID_EAC3, AV_CODEC_ID_TRUEHD};
  if (std::ranges::find(kChecksummed, codec->id) != std::end(kChecksummed)) {
    decoder->err_recognition |= AV_EF_CRCCHECK | AV_EF_EXPLODE;
  }
  if (error >= 0) error = avcodec_open2(decoder.get(), codec, nullptr);
  if (error < 0) {
    Fail(CodeOfFfmpegError(error, ErrorCode::kInvalidFile), source, ": damaged ", codec->name,
         " stream: ", FfmpegError(error));
  }
  return decoder;
}

void CheckLength(size_t samples, int sample_rate_hz, double max_seconds,
                 const std::string& source) {
  if (static_cast<double>(samples) > max_seconds * sample_rate_hz) {
    Fail(ErrorCode::kResourceExhausted, source, ": longer than ", max_seconds,
         " s, the longest accepted");
  }
}

class Decoding {
 public:
  /// @param channel as Mixer takes it
  Decoding(AVCodecContext& decoder, int channel, double max_seconds, const std::string& source)
      : decoder_(decoder), mixer_(channel), max_seconds_(max_seconds), source_(source) {}

  /// Decodes one packet, null at the end. A damaged packet is skipped and counted, as players do.
  void Feed(const AVPacket* packet) {
    if (packet != nullptr && IsAmrPause(*packet)) return AppendPause();
    int error = avcodec_send_packet(&decoder_, packet);
    bool is_damaged = error < 0 && error != AVERROR_EOF;
    while (error >= 0 && (error = avcodec_receive_frame(&decoder_, frame_.get())) >= 0) {
      is_damaged = is_damaged || (frame_->flags & AV_FRAME_FLAG_CORRUPT) != 0;
      Append();
    }
    if (error == AVERROR(ENOMEM)) throw std::bad_alloc();
    is_damaged = is_damaged || (error < 0 && error != AVERROR(EAGAIN) && error != AVERROR_EOF);
    if (packet == nullptr) return;
    ++reading_.packets;
    // The last block of a codec that has blocks may be a part of one.
    const int block_bytes = decoder_.block_align;
    if (is_damaged && packet->size >= block_bytes) ++reading_.damaged_packets;
  }
  Reading& reading() { return reading_; }
  const Mixer& mixer() const { return mixer_; }
  audio::Sound Take() { return std::move(sound_); }

 private:
  /// Telephones send noise descriptions and empty packets while nobody speaks. FFmpeg's decoder
  /// refuses both, and the recording would become shorter by every pause.
  bool IsAmrPause(const AVPacket& packet) const {
    const bool is_wide = decoder_.codec_id == AV_CODEC_ID_AMR_WB;
    if ((!is_wide && decoder_.codec_id != AV_CODEC_ID_AMR_NB) || packet.size < 1) return false;
    const int type = (packet.data[0] >> 3) & 15;
    return type == 15 || type == (is_wide ? 9 : 8);
  }
  void AppendPause() {
    constexpr int kFrameMs = 20;
    if (sound_.sample_rate_hz == 0) {
      sound_.sample_rate_hz = decoder_.codec_id == AV_CODEC_ID_AMR_WB ? 16000 : 8000;
    }
    const auto frame_samples = static_cast<size_t>(sound_.sample_rate_hz * kFrameMs / 1000);
    sound_.samples.resize(sound_.samples.size() + frame_samples);
    ++reading_.packets;
    CheckLength(sound_.samples.size(), sound_.sample_rate_hz, max_seconds_, source_);
  }

  void Append() {
    const AVFrame& frame = *frame_;
    const int channels = frame.ch_layout.nb_channels;
    if (frame.nb_samples > kMaxFrameSamples || channels < 1 || channels > kMaxChannels ||
        frame.sample_rate < 1) {
      Fail(ErrorCode::kInvalidFile, source_, ": ", channels, " channels, ", frame.sample_rate,
           " Hz: not possible");
    }
    if (sound_.sample_rate_hz == 0) sound_.sample_rate_hz = frame.sample_rate;
    if (sound_.sample_rate_hz != frame.sample_rate) {
      Fail(ErrorCode::kUnsupported, source_, ": changes its sample rate from ",
           sound_.sample_rate_hz, " to ", frame.sample_rate, " Hz");
    }
    reading_.longest_frame = std::max<int64_t>(reading_.longest_frame, frame.nb_samples);
    mixer_.Append(frame, source_, sound_.samples);
    CheckLength(sound_.samples.size(), sound_.sample_rate_hz, max_seconds_, source_);
  }

  AVCodecContext& decoder_;
  Mixer mixer_;
  const double max_seconds_;
  const std::string& source_;
  Reading reading_;
  FfmpegPtr<AVFrame> frame_{Allocated(av_frame_alloc())};
  audio::Sound sound_;
};

/// @param channel as Mixer takes it @param better the one that holds what the mean loses, if it
/// does
audio::Sound DecodeStream(std::span<const std::byte> bytes, int channel, double max_seconds,
                          const std::string& source, int& better) {
  MemoryInput memory(bytes);
  const Input input = OpenInput(memory, source);
  const AVStream& stream = *SelectAudio(*input, source);
  const FfmpegPtr<AVCodecContext> decoder = OpenDecoder(stream, source);
  const int64_t one_page =
      decoder->codec_id == AV_CODEC_ID_VORBIS ? OnePageSamples(bytes).value_or(0) : 0;
  if (one_page > 0) decoder->flags2 |= AV_CODEC_FLAG2_SKIP_MANUAL;
  Decoding decoding(*decoder, channel, max_seconds, source);
  Reading& reading = decoding.reading();
  const FfmpegPtr<AVPacket> packet(Allocated(av_packet_alloc()));
  if (stream.start_time != AV_NOPTS_VALUE) reading.begin = std::min<int64_t>(stream.start_time, 0);
  reading.end = reading.begin;
  // Others leave out what is silent, or have no times of their own.
  const std::string_view format = input->iformat->name;
  const bool is_gapless = format == "ogg" || format.find("matroska") != std::string_view::npos;
  while ((reading.result = av_read_frame(input.get(), packet.get())) >= 0) {
    if (packet->stream_index == stream.index) {
      if (packet->pts != AV_NOPTS_VALUE) {
        if (is_gapless && reading.packets > 0) {
          reading.missing += std::max<int64_t>(packet->pts - reading.end, 0);
        }
        reading.end = std::max(reading.end, packet->pts + packet->duration);
      }
      decoding.Feed(packet.get());
    }
    av_packet_unref(packet.get());
  }
  decoding.Feed(nullptr);
  audio::Sound sound = decoding.Take();
  if (one_page > 0 && one_page < std::ssize(sound.samples)) {
    sound.samples.resize(static_cast<size_t>(one_page));
  }
  if (sound.samples.empty() && !bytes.empty() && reading.damaged_packets == 0) {
    Fail(ErrorCode::kInvalidFile, source, ": FFmpeg ", av_version_info(), " found no sound in its ",
         avcodec_get_name(decoder->codec_id), " stream, which is empty or of a newer kind");
  }
  sound.cut_short = WhatIsMissing(*input, stream, reading, bytes, sound, source);
  DropPadding(*input, stream, reading, bytes, sound);
  better = decoding.mixer().energy().BetterThanMean();
  return sound;
}

bool IsWave(std::span<const std::byte> bytes) {
  const auto is = [&](size_t at, const char* text) {
    return std::memcmp(bytes.data() + at, text, 4) == 0;
  };
  return bytes.size() >= 12 && (is(0, "RIFF") || is(0, "RIFX")) && is(8, "WAVE");
}

/// Our reader knows all that a true WAVE file says; of an odd one FFmpeg may make something.
audio::Sound Decode(std::span<const std::byte> bytes, const std::string& source, double max_seconds,
                    const SoundDecoder& decode) {
  if (!IsWave(bytes)) return decode(bytes, source, max_seconds);
  try {
    return audio::ParseWav(bytes, source);
  } catch (const Error& ours) {
    if (ours.code() == ErrorCode::kUnsupported) {  // compressed
      return decode(bytes, source, max_seconds);
    }
    if (ours.code() != ErrorCode::kInvalidFile) throw;
    try {
      return decode(bytes, source, max_seconds);
    } catch (const Error& theirs) {
      if (theirs.code() == ErrorCode::kResourceExhausted) throw;
    }
    throw;
  }
}

}  // namespace

audio::Sound DecodeWithFfmpeg(std::span<const std::byte> bytes, const std::string& source,
                              double max_seconds) {
  SilenceFfmpeg();
  RejectShorten(bytes, source);
  int better = -1;
  audio::Sound sound = DecodeStream(bytes, -1, max_seconds, source, better);
  if (better < 0) return sound;
  return DecodeStream(bytes, std::exchange(better, -1), max_seconds, source, better);
}

audio::Sound ReadAudio(std::span<const std::byte> bytes, const std::string& source,
                       double max_seconds, const SoundDecoder& decode) {
  if (bytes.empty()) Fail(ErrorCode::kInvalidFile, source, ": is empty");
  audio::Sound sound = Decode(bytes, source, max_seconds, decode);
  if (sound.samples.empty()) Fail(ErrorCode::kInvalidFile, source, ": has no sound in it");
  CheckLength(sound.samples.size(), sound.sample_rate_hz, max_seconds, source);
  return sound;
}

audio::Sound ReadAudio(const std::filesystem::path& path, double max_seconds,
                       const SoundDecoder& decode) {
  return ReadAudio(ReadBinaryFile(path, kMaxFileBytes), Quoted(path.string()), max_seconds, decode);
}

}  // namespace kani::media
