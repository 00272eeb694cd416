// Owning pointers and error text for the FFmpeg C libraries; included by this folder's .cc files
// only.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/log.h>
}

#include <array>
#include <cerrno>
#include <memory>
#include <new>
#include <string>

#include "base/error.h"

namespace kani::media {

struct FfmpegDeleter {
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(AVIOContext* io) const {
    av_freep(&io->buffer);  // FFmpeg may have replaced the buffer it was given
    avio_context_free(&io);
  }
};
template <typename T>
using FfmpegPtr = std::unique_ptr<T, FfmpegDeleter>;

/// What FFmpeg calls a negative return value.
inline std::string FfmpegError(int error) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(error, text.data(), text.size());
  return text.data();
}

/// FFmpeg's own word when its memory ran out, else `otherwise`.
inline ErrorCode CodeOfFfmpegError(int error, ErrorCode otherwise) {
  return error == AVERROR(ENOMEM) ? ErrorCode::kResourceExhausted : otherwise;
}

/// What an FFmpeg function allocated. Throws std::bad_alloc for null.
template <typename T>
T* Allocated(T* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

/// A buffered input or output of ours, with FFmpeg's callbacks.
inline FfmpegPtr<AVIOContext> MakeIo(bool writes, void* opaque, int (*read)(void*, uint8_t*, int),
                                     int (*write)(void*, uint8_t*, int),
                                     int64_t (*seek)(void*, int64_t, int)) {
  constexpr int kBufferBytes = 1 << 16;
  auto* buffer = static_cast<unsigned char*>(Allocated(av_malloc(kBufferBytes)));
  AVIOContext* io =
      avio_alloc_context(buffer, kBufferBytes, writes ? 1 : 0, opaque, read, write, seek);
  if (io == nullptr) av_free(buffer);
  return FfmpegPtr<AVIOContext>(Allocated(io));
}

/// FFmpeg would print to stderr; what failed is in our exceptions. Its level is one per process,
/// which is one reason why only programs link this folder.
inline void SilenceFfmpeg() { av_log_set_level(AV_LOG_QUIET); }

}  // namespace kani::media
