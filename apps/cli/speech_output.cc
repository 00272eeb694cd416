#include "apps/cli/speech_output.h"

#include <utility>

#include "apps/terminal/console.h"
#include "audio/wav.h"
#include "base/atomic_file.h"
#include "base/error.h"
#include "media/media.h"

namespace kani::cli {
namespace {

constexpr char kDefaultFile[] = "speech.wav";
// Any rate tells whether a device is there.
constexpr int kProbeRateHz = 48000;

class FileOutput : public SpeechOutput {
 public:
  FileOutput(const std::filesystem::path& path, int sample_rate_hz)
      : writer_(media::AudioWriter::Open(path, sample_rate_hz)) {}
  void Write(std::span<const float> samples) override { writer_->Write(samples); }
  void Finish() override { writer_->Finish(); }

 private:
  std::unique_ptr<media::AudioWriter> writer_;
};

/// WAV of unknown length; nothing is written before the first samples exist.
class StdoutOutput : public SpeechOutput {
 public:
  explicit StdoutOutput(int sample_rate_hz) : sample_rate_hz_(sample_rate_hz) {}
  void Write(std::span<const float> samples) override {
    if (!std::exchange(started_, true)) {
      terminal::WriteStdout(audio::WavHeader(sample_rate_hz_, 0, /*unknown_length=*/true));
    }
    terminal::WriteStdout(std::as_bytes(std::span<const int16_t>(audio::ToPcm16(samples))));
  }
  void Finish() override {}

 private:
  int sample_rate_hz_;
  bool started_ = false;
};

class PlayerOutput : public SpeechOutput {
 public:
  explicit PlayerOutput(int sample_rate_hz) : player_(media::Player::Open(sample_rate_hz)) {
    if (player_ == nullptr) Fail(ErrorCode::kUnsupported, "--play: there is no audio device");
  }
  void Write(std::span<const float> samples) override { player_->Play(samples); }
  void Finish() override { player_->Drain(); }

 private:
  std::unique_ptr<media::Player> player_;
};

}  // namespace

Destination ChooseDestination(const std::string& output, bool play) {
  Destination destination{.play = play};
  if (output == "-") {
    if (terminal::StdoutIsTerminal()) {
      Fail(ErrorCode::kInvalidArgument, "-o -: stdout is a terminal, redirect it");
    }
    destination.to_stdout = true;
    return destination;
  }
  if (output.empty()) {
    if (play || media::Player::Open(kProbeRateHz) != nullptr) {
      destination.play = true;
      return destination;
    }
    destination.for_want_of_a_device = true;
  }
  destination.file = output.empty() ? kDefaultFile : output;
  const std::string extension = destination.file->extension().string();
  if (!media::IsOutputExtension(extension)) {
    Fail(ErrorCode::kUnsupported, Quoted(output), ": expected a file ending in one of ",
         media::OutputExtensions());
  }
  CheckOutputPath(*destination.file);
  return destination;
}

std::vector<std::unique_ptr<SpeechOutput>> OpenOutputs(const Destination& destination,
                                                       int sample_rate_hz) {
  std::vector<std::unique_ptr<SpeechOutput>> outputs;
  if (destination.file) {
    outputs.push_back(std::make_unique<FileOutput>(*destination.file, sample_rate_hz));
  }
  if (destination.to_stdout) outputs.push_back(std::make_unique<StdoutOutput>(sample_rate_hz));
  if (destination.play) outputs.push_back(std::make_unique<PlayerOutput>(sample_rate_hz));
  return outputs;
}

}  // namespace kani::cli
