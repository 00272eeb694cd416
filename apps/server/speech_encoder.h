// Speech in its format, on its way to a client.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "apps/server/message.h"
#include "apps/server/speech_format.h"
#include "media/media.h"

namespace kani::server {

/// Encodes PCM as it comes. The file has no length in its header: whatever reads streams takes it.
/// What `out` throws passes through.
std::unique_ptr<media::AudioWriter> EncodeTo(BodyWriter& out, const SpeechFormat& format,
                                             int sample_rate_hz);
/// The same for what is kept in memory: a whole file, with its length.
std::unique_ptr<media::AudioWriter> EncodeInto(std::string& out, const SpeechFormat& format,
                                               int sample_rate_hz);
/// 16 bit, little-endian.
std::string Pcm16Bytes(std::span<const float> samples);

}  // namespace kani::server
