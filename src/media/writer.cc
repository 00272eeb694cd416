// PCM to .wav .flac .mp3 .opus .m4a .aac as it comes. FFmpeg writes into our sinks, so a full disk
// is reported as such and nothing half-written stays behind.
#include <algorithm>
#include <cmath>
#include <exception>
#include <optional>
#include <utility>

#include "audio/resampler.h"
#include "base/error.h"
#include "media/byte_sink.h"
#include "media/ffmpeg.h"
#include "media/format.h"
#include "media/media.h"

namespace kani::media {
namespace {

constexpr int kMp3Quality = 2;        // LAME's V2
constexpr int kLosslessFrame = 4096;  // samples handed to an encoder that takes any number
// AAC holds 6144 bits in a frame of 1024 samples and asks for fewer on average.
constexpr int64_t kAacBitsPerSample = 4;

class WavWriter : public AudioWriter {
 public:
  WavWriter(std::unique_ptr<ByteSink> sink, int sample_rate_hz)
      : sink_(std::move(sink)), sample_rate_hz_(sample_rate_hz) {
    sink_->Write(audio::WavHeader(sample_rate_hz_, 0, /*unknown_length=*/true));
  }
  void Write(std::span<const float> samples) override {
    sink_->Write(std::as_bytes(std::span<const int16_t>(audio::ToPcm16(samples))));
    sample_count_ += samples.size();
  }
  void Finish() override {
    if (sink_->seekable()) {
      sink_->Seek(0);
      sink_->Write(audio::WavHeader(sample_rate_hz_, sample_count_, /*unknown_length=*/false));
    }
    sink_->Finish();
  }

 private:
  std::unique_ptr<ByteSink> sink_;
  int sample_rate_hz_;
  uint64_t sample_count_ = 0;
};

/// A sink as FFmpeg's output. C code cannot carry our exceptions, so the first one waits here until
/// the call into FFmpeg has returned.
class FfmpegOutput {
 public:
  explicit FfmpegOutput(std::unique_ptr<ByteSink> sink)
      : sink_(std::move(sink)),
        io_(MakeIo(/*writes=*/true, this, nullptr, &Write, sink_->seekable() ? &Seek : nullptr)) {}
  FfmpegOutput(const FfmpegOutput&) = delete;
  FfmpegOutput& operator=(const FfmpegOutput&) = delete;
  const ByteSink& sink() const { return *sink_; }
  AVIOContext* io() { return io_.get(); }
  void Rethrow() {
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  }
  /// Hands on what FFmpeg holds back.
  void Flush() {
    avio_flush(io_.get());
    Rethrow();
  }
  void Finish() {
    Flush();
    sink_->Finish();
  }

 private:
  static int Write(void* opaque, uint8_t* bytes, int count) {
    auto& self = *static_cast<FfmpegOutput*>(opaque);
    try {
      self.sink_->Write(std::as_bytes(std::span(bytes, static_cast<size_t>(count))));
    } catch (...) {
      if (!self.failure_) self.failure_ = std::current_exception();
      return AVERROR(EIO);
    }
    self.at_ += count;
    self.size_ = std::max(self.size_, self.at_);
    return count;
  }
  static int64_t Seek(void* opaque, int64_t offset, int whence) {
    auto& self = *static_cast<FfmpegOutput*>(opaque);
    if (whence & AVSEEK_SIZE) return self.size_;
    const int base = whence & ~AVSEEK_FORCE;
    const int64_t to = offset + (base == SEEK_CUR ? self.at_ : (base == SEEK_END ? self.size_ : 0));
    if (to < 0) return AVERROR(EINVAL);
    try {
      self.sink_->Seek(static_cast<uint64_t>(to));
    } catch (...) {
      if (!self.failure_) self.failure_ = std::current_exception();
      return AVERROR(EIO);
    }
    self.at_ = to;
    return to;
  }

  std::unique_ptr<ByteSink> sink_;
  FfmpegPtr<AVIOContext> io_;
  std::exception_ptr failure_;
  int64_t at_ = 0;
  int64_t size_ = 0;
};

struct OutputCloser {
  void operator()(AVFormatContext* context) const { avformat_free_context(context); }
};

/// The lowest rate an encoder takes that loses nothing of `sample_rate_hz`, else its highest.
int EncoderRate(const AVCodec& codec, const OutputFormat& format, int sample_rate_hz) {
  if (format.sample_rate_hz > 0) return format.sample_rate_hz;
  if (codec.supported_samplerates == nullptr) return sample_rate_hz;
  int best = 0, highest = 0;
  for (const int* rate = codec.supported_samplerates; *rate != 0; ++rate) {
    highest = std::max(highest, *rate);
    if (*rate >= sample_rate_hz && (best == 0 || *rate < best)) best = *rate;
  }
  return best != 0 ? best : highest;
}

/// Float where the encoder takes it, else 16 bit.
AVSampleFormat EncoderSampleFormat(const AVCodec& codec) {
  for (const AVSampleFormat* format = codec.sample_fmts; *format != AV_SAMPLE_FMT_NONE; ++format) {
    if (*format == AV_SAMPLE_FMT_FLT || *format == AV_SAMPLE_FMT_FLTP) return *format;
  }
  return AV_SAMPLE_FMT_S16;
}

class EncodedWriter : public AudioWriter {
 public:
  EncodedWriter(std::unique_ptr<ByteSink> sink, const OutputFormat& format, int sample_rate_hz)
      : name_(sink->name()), output_(std::move(sink)) {
    SilenceFfmpeg();
    const AVCodec* codec = avcodec_find_encoder_by_name(format.encoder);
    AVFormatContext* muxer = nullptr;
    const int error = avformat_alloc_output_context2(&muxer, nullptr, format.muxer, nullptr);
    muxer_.reset(muxer);
    if (error == AVERROR(ENOMEM)) throw std::bad_alloc();
    if (codec == nullptr || muxer_ == nullptr) {
      Fail(ErrorCode::kUnsupported, name_, ": this FFmpeg was built without ", format.encoder);
    }
    OpenEncoder(*codec, format, EncoderRate(*codec, format, sample_rate_hz));
    resampler_.emplace(sample_rate_hz, encoder_->sample_rate);
    OpenMuxer();
  }

  void Write(std::span<const float> samples) override {
    resampler_->Process(samples, pending_);
    EncodeWholeFrames();
    if (!output_.sink().seekable()) {
      av_write_frame(muxer_.get(), nullptr);  // the muxer's own buffer, too
      output_.Flush();
    }
  }

  void Finish() override {
    resampler_->Finish(pending_);
    EncodeWholeFrames();
    if (!pending_.empty()) Encode(pending_);
    Check(avcodec_send_frame(encoder_.get(), nullptr), "cannot end");
    WritePackets();
    Check(av_write_trailer(muxer_.get()), "cannot end");
    output_.Finish();
  }

 private:
  void OpenEncoder(const AVCodec& codec, const OutputFormat& format, int rate_hz) {
    encoder_.reset(Allocated(avcodec_alloc_context3(&codec)));
    encoder_->sample_rate = rate_hz;
    encoder_->sample_fmt = EncoderSampleFormat(codec);
    encoder_->time_base = {1, rate_hz};
    av_channel_layout_default(&encoder_->ch_layout, 1);
    encoder_->bit_rate = codec.id == AV_CODEC_ID_AAC
                             ? std::min(format.bits_a_second, kAacBitsPerSample * rate_hz)
                             : format.bits_a_second;
    if (codec.id == AV_CODEC_ID_MP3) {
      encoder_->flags |= AV_CODEC_FLAG_QSCALE;
      encoder_->global_quality = kMp3Quality * FF_QP2LAMBDA;
    }
    if (muxer_->oformat->flags & AVFMT_GLOBALHEADER) {
      encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    }
    // The same samples give the same file: no version, no date.
    encoder_->flags |= AV_CODEC_FLAG_BITEXACT;
    Check(avcodec_open2(encoder_.get(), &codec, nullptr), "cannot start the encoder");
  }

  void OpenMuxer() {
    muxer_->pb = output_.io();
    muxer_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
    AVStream* stream = avformat_new_stream(muxer_.get(), nullptr);
    if (stream == nullptr) Fail(ErrorCode::kResourceExhausted, name_, ": out of memory");
    stream->time_base = encoder_->time_base;
    Check(avcodec_parameters_from_context(stream->codecpar, encoder_.get()), "cannot start");
    // MP4 notes where the sound ends in units of this scale; milliseconds would round it.
    AVDictionary* options = nullptr;
    av_dict_set_int(&options, "movie_timescale", encoder_->sample_rate, 0);
    if (!output_.sink().seekable()) {
      // Its table first, as soon as the encoder's delay is known, then a fragment for each Write.
      av_dict_set(&options, "movflags", "frag_custom+empty_moov+delay_moov+default_base_moof", 0);
    }
    const int error = avformat_write_header(muxer_.get(), &options);
    av_dict_free(&options);
    Check(error, "cannot start");
  }

  /// REQUIRES: `error` is what an FFmpeg call returned.
  void Check(int error, const char* what) {
    output_.Rethrow();
    if (error >= 0) return;
    Fail(CodeOfFfmpegError(error, ErrorCode::kIo), name_, ": ", what, ": ", FfmpegError(error));
  }

  void EncodeWholeFrames() {
    const size_t size =
        static_cast<size_t>(encoder_->frame_size > 0 ? encoder_->frame_size : kLosslessFrame);
    size_t begin = 0;
    for (; pending_.size() - begin >= size; begin += size) {
      Encode(std::span(pending_).subspan(begin, size));
    }
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<ptrdiff_t>(begin));
  }

  void Encode(std::span<const float> samples) {
    FfmpegPtr<AVFrame> frame(Allocated(av_frame_alloc()));
    frame->nb_samples = static_cast<int>(samples.size());
    frame->format = encoder_->sample_fmt;
    frame->sample_rate = encoder_->sample_rate;
    av_channel_layout_copy(&frame->ch_layout, &encoder_->ch_layout);
    frame->pts = encoded_samples_;
    Check(av_frame_get_buffer(frame.get(), 0), "cannot encode");
    if (encoder_->sample_fmt == AV_SAMPLE_FMT_S16) {
      const std::vector<int16_t> pcm = audio::ToPcm16(samples);
      std::copy(pcm.begin(), pcm.end(), reinterpret_cast<int16_t*>(frame->data[0]));
    } else {
      // As ToPcm16 does it: encoders fail on NaN and distort beyond full scale.
      std::transform(samples.begin(), samples.end(), reinterpret_cast<float*>(frame->data[0]),
                     [](float x) { return std::isnan(x) ? 0.0f : std::clamp(x, -1.0f, 1.0f); });
    }
    encoded_samples_ += frame->nb_samples;
    Check(avcodec_send_frame(encoder_.get(), frame.get()), "cannot encode");
    WritePackets();
  }

  void WritePackets() {
    const FfmpegPtr<AVPacket> packet(Allocated(av_packet_alloc()));
    while (true) {
      const int error = avcodec_receive_packet(encoder_.get(), packet.get());
      if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return;
      Check(error, "cannot encode");
      packet->stream_index = 0;
      av_packet_rescale_ts(packet.get(), encoder_->time_base, muxer_->streams[0]->time_base);
      Check(av_interleaved_write_frame(muxer_.get(), packet.get()), "cannot write");
    }
  }

  std::string name_;
  FfmpegOutput output_;
  std::unique_ptr<AVFormatContext, OutputCloser> muxer_;
  FfmpegPtr<AVCodecContext> encoder_;
  std::optional<audio::Resampler> resampler_;
  std::vector<float> pending_;  // at the encoder's rate, less than a frame between calls
  int64_t encoded_samples_ = 0;
};

}  // namespace

FileSink::FileSink(const std::filesystem::path& path) : name_(Quoted(path.string())), file_(path) {}

std::unique_ptr<AudioWriter> AudioWriter::Open(std::unique_ptr<ByteSink> sink,
                                               std::string_view extension, int sample_rate_hz) {
  const OutputFormat* format = FindOutputFormat(extension);
  if (format == nullptr) {
    Fail(ErrorCode::kUnsupported, sink->name(), ": cannot write ",
         extension.empty() ? "a file without extension" : Quoted(extension), ", expected one of ",
         OutputExtensions());
  }
  if (format->muxer == nullptr) return std::make_unique<WavWriter>(std::move(sink), sample_rate_hz);
  return std::make_unique<EncodedWriter>(std::move(sink), *format, sample_rate_hz);
}

std::unique_ptr<AudioWriter> AudioWriter::Open(const std::filesystem::path& path,
                                               int sample_rate_hz) {
  return Open(std::make_unique<FileSink>(path), path.extension().string(), sample_rate_hz);
}

}  // namespace kani::media
