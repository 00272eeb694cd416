// kani codec: sound to codes and back.
#include "codec/codec.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "apps/cli/codes_file.h"
#include "apps/cli/commands.h"
#include "apps/cli/model_options.h"
#include "apps/jail/jail.h"
#include "apps/terminal/console.h"
#include "apps/terminal/interrupt.h"
#include "audio/resampler.h"
#include "base/atomic_file.h"
#include "base/error.h"
#include "media/media.h"
#include "model/nemo.h"

namespace kani::cli {
namespace {

// Frames decoded between two looks at Ctrl-C: a few seconds of sound.
constexpr int64_t kFramesAtOnce = 64;
constexpr double kMaxRecordingSeconds = 3600;

struct CodecOptions {
  ModelOptions model;
  std::string input;
  std::string output;
};

int RunEncode(const CodecOptions& options) {
  const std::filesystem::path output(options.output);
  if (!IsCodesExtension(output.extension().string())) {
    Fail(ErrorCode::kUnsupported, Quoted(options.output),
         ": expected a file ending in .safetensors or .json");
  }
  CheckOutputPath(output);
  const audio::Sound sound =
      jail::ReadAudio(options.input, kMaxRecordingSeconds, terminal::PrintWarnings());
  if (!sound.cut_short.empty()) {
    Warn(terminal::PrintWarnings(), StrCat(Quoted(options.input), ": ", sound.cut_short));
  }
  const auto ops = MakeOps(options.model);
  const codec::Codec codec(ops->device(), model::OpenNemo(FindCodec(options.model)),
                           /*with_encoder=*/true);
  const codec::Codes codes =
      codec.Encode(*ops, audio::Resample(sound.samples, sound.sample_rate_hz,
                                         static_cast<int>(codec.config().sample_rate_hz)));
  const terminal::OutputInProgress writing;
  SaveCodes(codes, output);
  terminal::Print(terminal::OneLine(StrCat(codes.frames(), " frames of ", codes.codebooks,
                                           " codes written to ", options.output)) +
                  "\n");
  return 0;
}

int RunDecode(const CodecOptions& options) {
  const std::filesystem::path output(options.output);
  if (!media::IsOutputExtension(output.extension().string())) {
    Fail(ErrorCode::kUnsupported, Quoted(options.output), ": expected a file ending in one of ",
         media::OutputExtensions());
  }
  CheckOutputPath(output);
  const auto ops = MakeOps(options.model);
  const codec::Codec codec(ops->device(), model::OpenNemo(FindCodec(options.model)),
                           /*with_encoder=*/false);
  const codec::Codes codes = LoadCodes(options.input, codec.config().num_groups);
  const terminal::OutputInProgress writing;
  const auto writer =
      media::AudioWriter::Open(output, static_cast<int>(codec.config().sample_rate_hz));
  codec::Codec::DecoderStream decoder(codec);
  codec::Codec::Workspace workspace;
  std::vector<float> samples;
  for (int64_t frame = 0; frame < codes.frames(); frame += kFramesAtOnce) {
    const int64_t frames = std::min(kFramesAtOnce, codes.frames() - frame);
    samples.clear();
    decoder.Decode(*ops, workspace,
                   std::span(codes.values)
                       .subspan(static_cast<size_t>(frame * codes.codebooks),
                                static_cast<size_t>(frames * codes.codebooks)),
                   samples);
    writer->Write(samples);
    terminal::ThrowIfInterrupted();
  }
  writer->Finish();
  terminal::Print(terminal::OneLine(StrCat(codes.frames(), " frames decoded to ", options.output)) +
                  "\n");
  return 0;
}

}  // namespace

void AddCodec(CLI::App& app, terminal::Action& run) {
  auto options = std::make_shared<CodecOptions>();
  CLI::App* codec = app.add_subcommand("codec", "Sound to codes and back");
  codec->require_subcommand(1);
  codec->footer("Example: kani codec encode speech.mp3 -o codes.safetensors");

  CLI::App* encode = codec->add_subcommand("encode", "An audio file to codes");
  encode->add_option("AUDIO", options->input, "Any audio file")->required();
  encode->add_option("-o,--output", options->output, ".safetensors or .json")
      ->type_name("FILE")
      ->required();
  encode->footer("Example: kani codec encode speech.mp3 -o codes.safetensors");
  encode->callback([options, &run] { run = [options] { return RunEncode(*options); }; });

  CLI::App* decode = codec->add_subcommand("decode", "Codes to an audio file");
  decode->add_option("CODES", options->input, ".safetensors or .json of codec encode")->required();
  decode->add_option("-o,--output", options->output, media::OutputExtensions())
      ->type_name("FILE")
      ->required();
  decode->footer("Example: kani codec decode codes.safetensors -o speech.wav");
  decode->callback([options, &run] { run = [options] { return RunDecode(*options); }; });

  for (CLI::App* command : {encode, decode}) {
    AddModelOption(*command, options->model);
    AddCodecOption(*command, options->model);
    AddDeviceOptions(*command, options->model);
  }
}

}  // namespace kani::cli
