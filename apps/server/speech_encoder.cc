#include "apps/server/speech_encoder.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

#include "audio/wav.h"

namespace kani::server {
namespace {

static_assert(std::endian::native == std::endian::little, "PCM is written as it lies in memory");

/// One way only, as a socket is.
class StreamSink : public media::ByteSink {
 public:
  explicit StreamSink(BodyWriter& out) : out_(out) {}
  const std::string& name() const override { return name_; }
  void Write(std::span<const std::byte> bytes) override {
    out_.Write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }

 private:
  std::string name_ = "the answer";
  BodyWriter& out_;
};

class MemorySink : public media::ByteSink {
 public:
  explicit MemorySink(std::string& out) : out_(out) {}
  const std::string& name() const override { return name_; }
  void Write(std::span<const std::byte> bytes) override {
    if (out_.size() < at_ + bytes.size()) out_.resize(at_ + bytes.size());
    std::copy_n(reinterpret_cast<const char*>(bytes.data()), bytes.size(),
                out_.begin() + static_cast<ptrdiff_t>(at_));
    at_ += bytes.size();
  }
  bool seekable() const override { return true; }
  void Seek(uint64_t offset) override { at_ = static_cast<size_t>(offset); }

 private:
  std::string name_ = "the answer";
  std::string& out_;
  size_t at_ = 0;
};

class PcmWriter : public media::AudioWriter {
 public:
  explicit PcmWriter(std::unique_ptr<media::ByteSink> sink) : sink_(std::move(sink)) {}
  void Write(std::span<const float> samples) override {
    sink_->Write(std::as_bytes(std::span<const int16_t>(audio::ToPcm16(samples))));
  }
  void Finish() override { sink_->Finish(); }

 private:
  std::unique_ptr<media::ByteSink> sink_;
};

/// Hands PCM on in parts of one size, whatever it comes in: an Ogg page ends where a part does, and
/// the same speech is to give the same bytes however busy the server is.
class EvenParts : public media::AudioWriter {
 public:
  EvenParts(std::unique_ptr<media::AudioWriter> writer, int sample_rate_hz)
      : writer_(std::move(writer)), size_(static_cast<size_t>(sample_rate_hz / kPartsPerSecond)) {}
  void Write(std::span<const float> samples) override {
    waiting_.insert(waiting_.end(), samples.begin(), samples.end());
    size_t begin = 0;
    for (; waiting_.size() - begin >= size_; begin += size_) {
      writer_->Write(std::span(waiting_).subspan(begin, size_));
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<ptrdiff_t>(begin));
  }
  void Finish() override {
    if (!waiting_.empty()) writer_->Write(waiting_);
    writer_->Finish();
  }

 private:
  static constexpr int kPartsPerSecond = 25;  // half of what the first audio of a speech is

  std::unique_ptr<media::AudioWriter> writer_;
  size_t size_;
  std::vector<float> waiting_;
};

std::unique_ptr<media::AudioWriter> Open(std::unique_ptr<media::ByteSink> sink,
                                         const SpeechFormat& format, int sample_rate_hz) {
  if (format.extension.empty()) return std::make_unique<PcmWriter>(std::move(sink));
  auto writer = media::AudioWriter::Open(std::move(sink), format.extension, sample_rate_hz);
  return std::make_unique<EvenParts>(std::move(writer), sample_rate_hz);
}

}  // namespace

std::unique_ptr<media::AudioWriter> EncodeTo(BodyWriter& out, const SpeechFormat& format,
                                             int sample_rate_hz) {
  return Open(std::make_unique<StreamSink>(out), format, sample_rate_hz);
}

std::unique_ptr<media::AudioWriter> EncodeInto(std::string& out, const SpeechFormat& format,
                                               int sample_rate_hz) {
  return Open(std::make_unique<MemorySink>(out), format, sample_rate_hz);
}

std::string Pcm16Bytes(std::span<const float> samples) {
  const std::vector<int16_t> pcm = audio::ToPcm16(samples);
  return {reinterpret_cast<const char*>(pcm.data()), pcm.size() * sizeof(int16_t)};
}

}  // namespace kani::server
