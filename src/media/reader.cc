// Audio files to mono float. FFmpeg only ever sees bytes in memory: it opens no file, no address
// and no playlist by itself.
#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/read_file.h"
#include "media/ffmpeg.h"
#include "media/media.h"

namespace kani::media {
namespace {

constexpr size_t kMaxFileBytes = size_t{1} << 30;
// Codecs have frames of thousands of samples; a million is a damaged header.
constexpr int kMaxFrameSamples = 1 << 20;
constexpr int kMaxChannels = 64;
// Containers that hold their own bytes. Playlists (hls, concat, dash), image and device demuxers
// are not among them.
constexpr char kContainers[] =
    "wav,w64,aiff,au,caf,flac,mp3,aac,ac3,eac3,ogg,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,asf,amr,"
    "amrnb,amrwb,wv,tta,ape,avi,flv,mpeg,mpegts";

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

Input OpenInput(MemoryInput& memory, const std::string& source) {
  AVFormatContext* context = Allocated(avformat_alloc_context());
  context->pb = memory.io();
  context->io_open = &RefuseToOpen;
  context->format_whitelist = av_strdup(kContainers);
  context->protocol_whitelist = av_strdup("");
  // On failure FFmpeg frees the context itself.
  const int error = avformat_open_input(&context, "", nullptr, nullptr);
  if (error < 0) {
    Fail(CodeOfFfmpegError(error, ErrorCode::kInvalidFile), source,
         ": not an audio file of a known format: ", FfmpegError(error));
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
  FfmpegPtr<AVCodecContext> decoder(Allocated(avcodec_alloc_context3(codec)));
  int error = avcodec_parameters_to_context(decoder.get(), stream.codecpar);
  decoder->pkt_timebase = stream.time_base;
  decoder->thread_count = 1;
  if (error >= 0) error = avcodec_open2(decoder.get(), codec, nullptr);
  if (error < 0) {
    Fail(CodeOfFfmpegError(error, ErrorCode::kInvalidFile), source, ": damaged ", codec->name,
         " stream: ", FfmpegError(error));
  }
  return decoder;
}

/// Adds the mean over channels of `frame`. Full scale of T is `scale`, silence is `zero`.
template <typename T>
void AppendMean(const AVFrame& frame, bool planar, double scale, double zero,
                std::vector<float>& samples) {
  const int channels = frame.ch_layout.nb_channels;
  for (int i = 0; i < frame.nb_samples; ++i) {
    double sum = 0;
    for (int c = 0; c < channels; ++c) {
      const auto* plane = reinterpret_cast<const T*>(frame.extended_data[planar ? c : 0]);
      sum += (static_cast<double>(plane[planar ? i : i * channels + c]) - zero) / scale;
    }
    samples.push_back(static_cast<float>(sum / channels));
  }
}

void AppendMono(const AVFrame& frame, const std::string& source, std::vector<float>& samples) {
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  switch (av_get_packed_sample_fmt(format)) {
    case AV_SAMPLE_FMT_U8:
      return AppendMean<uint8_t>(frame, planar, 128.0, 128.0, samples);
    case AV_SAMPLE_FMT_S16:
      return AppendMean<int16_t>(frame, planar, 32768.0, 0.0, samples);
    case AV_SAMPLE_FMT_S32:
      return AppendMean<int32_t>(frame, planar, 2147483648.0, 0.0, samples);
    case AV_SAMPLE_FMT_S64:
      return AppendMean<int64_t>(frame, planar, 9223372036854775808.0, 0.0, samples);
    case AV_SAMPLE_FMT_FLT:
      return AppendMean<float>(frame, planar, 1.0, 0.0, samples);
    case AV_SAMPLE_FMT_DBL:
      return AppendMean<double>(frame, planar, 1.0, 0.0, samples);
    default:
      Fail(ErrorCode::kUnsupported, source, ": unknown sample format");
  }
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
  Decoding(AVCodecContext& decoder, double max_seconds, const std::string& source)
      : decoder_(decoder), max_seconds_(max_seconds), source_(source) {}

  /// Decodes one packet, null at the end. A damaged packet is skipped, as players do.
  void Feed(const AVPacket* packet) {
    int error = avcodec_send_packet(&decoder_, packet);
    while (error >= 0 && (error = avcodec_receive_frame(&decoder_, frame_.get())) >= 0) Append();
    if (error == AVERROR(ENOMEM)) throw std::bad_alloc();
  }
  audio::Sound Take() { return std::move(sound_); }

 private:
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
    AppendMono(frame, source_, sound_.samples);
    CheckLength(sound_.samples.size(), sound_.sample_rate_hz, max_seconds_, source_);
  }

  AVCodecContext& decoder_;
  const double max_seconds_;
  const std::string& source_;
  FfmpegPtr<AVFrame> frame_{Allocated(av_frame_alloc())};
  audio::Sound sound_;
};

/// Samples that a file says it holds, where it says so in its head; 0 where it does not. A length
/// that was found by looking at the end of the file, or guessed from its size, tells nothing, and
/// that of a film need not be that of its sound.
int64_t SaidSamples(const AVFormatContext& input, const AVStream& stream, int sample_rate_hz) {
  if (stream.duration <= 0 || input.duration_estimation_method != AVFMT_DURATION_FROM_STREAM) {
    return 0;
  }
  int streams = 0;
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    streams += (input.streams[i]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0 ? 0 : 1;
  }
  if (streams > 1) return 0;
  return av_rescale_q(stream.duration, stream.time_base, AVRational{1, sample_rate_hz});
}

/// Ogg says how long each page is and not how long the file is: whether the last page is not all
/// there.
bool IsLastOggPageCut(std::span<const std::byte> bytes) {
  constexpr size_t kHeaderBytes = 27;  // without the table of segments
  size_t at = 0;
  while (bytes.size() > at && bytes.size() - at >= 4 &&
         std::memcmp(bytes.data() + at, "OggS", 4) == 0) {
    if (bytes.size() - at < kHeaderBytes) return true;
    const auto segments = std::to_integer<size_t>(bytes[at + kHeaderBytes - 1]);
    if (bytes.size() - at < kHeaderBytes + segments) return true;
    size_t page = kHeaderBytes + segments;
    for (size_t i = 0; i < segments; ++i) {
      page += std::to_integer<size_t>(bytes[at + kHeaderBytes + i]);
    }
    if (bytes.size() - at < page) return true;
    at += page;
  }
  return false;
}

/// Text of Sound::cut_short.
/// @param end of the last packet, in the stream's time from its beginning
/// @param result of reading the packet that was not there
std::string CutShort(const AVFormatContext& input, const AVStream& stream, int64_t end, int result,
                     std::span<const std::byte> bytes, const audio::Sound& sound) {
  // Frames that encoders count or do not count: 72 ms is the longest of MP3.
  constexpr double kUnmissedSeconds = 0.15;
  if (sound.sample_rate_hz == 0) return "";
  const int64_t said = SaidSamples(input, stream, sound.sample_rate_hz);
  const int64_t found =
      std::max(av_rescale_q(end, stream.time_base, AVRational{1, sound.sample_rate_hz}),
               std::ssize(sound.samples));
  if (static_cast<double>(said - found) > kUnmissedSeconds * sound.sample_rate_hz) {
    return audio::CutShortText(said, sound.samples.size());
  }
  if (result != AVERROR_EOF) {
    return StrCat("damaged behind sample ", sound.samples.size(), ": ", FfmpegError(result));
  }
  if (IsLastOggPageCut(bytes)) {
    return StrCat("the file ends within a page, behind sample ", sound.samples.size());
  }
  return "";
}

/// MP4 tells the length of the sound apart from the padding of its last packet; decoders hand out
/// both.
void DropPadding(const AVFormatContext& input, const AVStream& stream, audio::Sound& sound) {
  if (std::string_view(input.iformat->name).find("mp4") == std::string_view::npos) return;
  if (stream.duration <= 0 || sound.sample_rate_hz == 0) return;
  const int64_t samples =
      av_rescale_q(stream.duration, stream.time_base, AVRational{1, sound.sample_rate_hz});
  if (samples > 0 && samples < static_cast<int64_t>(sound.samples.size())) {
    sound.samples.resize(static_cast<size_t>(samples));
  }
}

audio::Sound DecodeWithFfmpeg(std::span<const std::byte> bytes, double max_seconds,
                              const std::string& source) {
  SilenceFfmpeg();
  MemoryInput memory(bytes);
  const Input input = OpenInput(memory, source);
  const AVStream& stream = *SelectAudio(*input, source);
  const FfmpegPtr<AVCodecContext> decoder = OpenDecoder(stream, source);
  Decoding decoding(*decoder, max_seconds, source);
  const FfmpegPtr<AVPacket> packet(Allocated(av_packet_alloc()));
  const int64_t begin =
      stream.start_time == AV_NOPTS_VALUE ? 0 : std::min<int64_t>(stream.start_time, 0);
  int64_t end = 0;
  int result = 0;
  while ((result = av_read_frame(input.get(), packet.get())) >= 0) {
    if (packet->stream_index == stream.index) {
      if (packet->pts != AV_NOPTS_VALUE)
        end = std::max(end, packet->pts - begin + packet->duration);
      decoding.Feed(packet.get());
    }
    av_packet_unref(packet.get());
  }
  decoding.Feed(nullptr);
  audio::Sound sound = decoding.Take();
  sound.cut_short = CutShort(*input, stream, end, result, bytes, sound);
  DropPadding(*input, stream, sound);
  return sound;
}

bool IsWave(std::span<const std::byte> bytes) {
  return bytes.size() >= 12 && std::memcmp(bytes.data(), "RIFF", 4) == 0 &&
         std::memcmp(bytes.data() + 8, "WAVE", 4) == 0;
}

audio::Sound Decode(std::span<const std::byte> bytes, double max_seconds,
                    const std::string& source) {
  if (IsWave(bytes)) {
    try {
      return audio::ParseWav(bytes, source);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUnsupported) throw;  // else a compressed WAV
    }
  }
  return DecodeWithFfmpeg(bytes, max_seconds, source);
}

}  // namespace

audio::Sound ReadAudio(const std::filesystem::path& path, double max_seconds) {
  const std::vector<std::byte> bytes = ReadBinaryFile(path, kMaxFileBytes);
  const std::string source = Quoted(path.string());
  if (bytes.empty()) Fail(ErrorCode::kInvalidFile, source, ": is empty");
  audio::Sound sound = Decode(bytes, max_seconds, source);
  if (sound.samples.empty()) Fail(ErrorCode::kInvalidFile, source, ": has no sound in it");
  CheckLength(sound.samples.size(), sound.sample_rate_hz, max_seconds, source);
  return sound;
}

}  // namespace kani::media
