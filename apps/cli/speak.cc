// kani speak: text to a file, a pipe or the loudspeaker.
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <utility>

#include "apps/cli/commands.h"
#include "apps/cli/dry_run.h"
#include "apps/cli/model_options.h"
#include "apps/cli/reading_options.h"
#include "apps/cli/speech_output.h"
#include "apps/cli/voice_choice.h"
#include "apps/cli/weight_option.h"
#include "apps/terminal/console.h"
#include "apps/terminal/interrupt.h"
#include "audio/resampler.h"
#include "audio/time_stretch.h"
#include "base/error.h"
#include "engine/engine.h"
#include "engine/plan.h"
#include "model/lm_config.h"

namespace kani::cli {
namespace {

struct SpeakOptions {
  ModelOptions model;
  std::optional<std::string> text;
  std::string file;
  std::string output;
  std::string voice;
  ReadingOptions reading;
  std::string weights;
  std::optional<double> temperature, top_p, min_p, repetition_penalty;
  std::optional<int64_t> top_k, repetition_window;
  std::optional<uint64_t> seed;
  double max_seconds = 0;
  int sample_rate_hz = 0;
  double speed = 1;
  bool play = false;
  bool json = false;
  bool dry_run = false;
  bool lines = false;
};

lm::SamplingSettings Sampling(const SpeakOptions& options, lm::SamplingSettings settings) {
  settings.temperature = options.temperature.value_or(settings.temperature);
  settings.top_k = options.top_k.value_or(settings.top_k);
  settings.top_p = options.top_p.value_or(settings.top_p);
  settings.min_p = options.min_p.value_or(settings.min_p);
  settings.repetition_penalty = options.repetition_penalty.value_or(settings.repetition_penalty);
  settings.repetition_window = options.repetition_window.value_or(settings.repetition_window);
  lm::Validate(settings);
  return settings;
}

/// CLI11 wraps negative numbers around and cuts long ones. Returns "" for a seed.
std::string SeedProblem(const std::string& text) {
  uint64_t seed = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, seed);
  if (error == std::errc() && rest == end) return "";
  return StrCat(Quoted(text), ": expected a whole number from 0 to 2^64 - 1");
}

uint64_t RandomSeed() {
  // 32 bits, so that a seed is short to type and exact in every JSON reader.
  return std::random_device{}();
}

/// Sends PCM to every output and keeps the progress line up to date.
class Sink {
 public:
  Sink(std::span<const std::unique_ptr<SpeechOutput>> outputs, int sample_rate_hz)
      : outputs_(outputs), sample_rate_hz_(sample_rate_hz) {}

  bool operator()(std::span<const float> samples) {
    for (const auto& output : outputs_) output->Write(samples);
    samples_ += samples.size();
    if (progress_.visible()) ShowProgress();
    return !terminal::Interrupted();
  }
  void Finish() {
    for (const auto& output : outputs_) output->Finish();
    progress_.Clear();
  }

 private:
  void ShowProgress() {
    const double elapsed =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    const double seconds = static_cast<double>(samples_) / sample_rate_hz_;
    char line[64];
    std::snprintf(line, sizeof(line), "%.1f s of speech, RTF %.2f", seconds, elapsed / seconds);
    progress_.Show(line);
  }

  std::span<const std::unique_ptr<SpeechOutput>> outputs_;
  int sample_rate_hz_;
  size_t samples_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  terminal::ProgressLine progress_;
};

/// Nobody waits for the beginning of a file: the pieces of a long text are made side by side.
engine::Delivery DeliveryTo(const Destination& destination) {
  constexpr int64_t kPiecesAtOnce = 16;
  const bool listener = destination.to_stdout || destination.play;
  return {.pieces_at_once = listener ? 1 : kPiecesAtOnce};
}

std::string OutputName(const Destination& destination) {
  if (destination.to_stdout) return "-";
  return destination.file ? destination.file->string() : "";
}

void Report(const SpeakOptions& options, const Destination& destination,
            const engine::Engine& engine, const engine::SpeechRequest& request,
            const engine::SpeechStats& stats) {
  const std::string output = OutputName(destination);
  if (!options.json) {
    char figures[64];
    std::snprintf(figures, sizeof(figures), "%.2f s, RTF %.2f", stats.audio_seconds,
                  stats.real_time_factor());
    terminal::PrintNote(StrCat(
        output.empty() ? "played" : output, ": ", figures, ", model ", ModelName(options.model),
        ", voice ", request.voice ? request.voice->name : "none", ", language ",
        stats.language.empty() ? "none" : stats.language, ", seed ", request.seed,
        stats.stop_reason == engine::StopReason::kLengthLimit
            ? ", cut at the length limit (--max-seconds)"
            : ""));
    return;
  }
  const nlohmann::json report{
      {"output", output.empty() ? nlohmann::json() : nlohmann::json(output)},
      {"played", destination.play},
      {"model", ModelName(options.model)},
      {"device", engine.device()},
      {"weights", kernels::WeightFormatName(engine.weights())},
      {"voice", request.voice ? nlohmann::json(request.voice->name) : nlohmann::json()},
      {"language", stats.language},
      {"seed", request.seed},
      {"stop_reason", engine::StopReasonName(stats.stop_reason)},
      {"sample_rate_hz", request.output_sample_rate_hz},
      {"speed", request.speed},
      {"pieces", PiecesReport(stats.pieces)},
      {"stats",
       {{"text_chunks", stats.text_chunks},
        {"prompt_tokens", stats.prompt_tokens},
        {"audio_tokens", stats.audio_tokens},
        {"frames", stats.frames},
        {"audio_seconds", stats.audio_seconds},
        {"first_audio_seconds", stats.first_audio_seconds.value_or(0)},
        {"total_seconds", stats.total_seconds},
        {"lm_seconds", stats.lm_seconds},
        {"codec_seconds", stats.codec_seconds},
        {"real_time_factor", stats.real_time_factor()}}}};
  if (destination.to_stdout) {
    std::fprintf(stderr, "%s\n",
                 report.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  } else {
    terminal::PrintJson(report);
  }
}

/// What is read, apart from the voice.
engine::SpeechRequest TextRequest(const SpeakOptions& options) {
  constexpr size_t kMaxBytes = 1 << 20, kMaxBytesOfLines = 64 << 20;
  engine::SpeechRequest request;
  request.text = terminal::ReadText(options.text.value_or(""), options.text.has_value(),
                                    options.file, options.lines ? kMaxBytesOfLines : kMaxBytes);
  Apply(options.reading, request);
  return request;
}

int RunDryRun(const SpeakOptions& options) {
  engine::SpeechRequest request = TextRequest(options);
  const model::ModelPaths paths = FindModel(options.model);
  const model::LmConfig config = model::LoadLmConfig(paths.lm_folder / "config.json");
  request.fallback_language =
      VoiceLanguage(options.voice, paths, config, terminal::PrintWarnings());
  if (options.lines) {
    PrintLines(request, config.language_tags, options.json);
  } else {
    PrintScript(request, config.language_tags, options.json);
  }
  return 0;
}

int RunSpeak(const SpeakOptions& options) {
  if (options.dry_run) return RunDryRun(options);
  const WarningSink warn = terminal::PrintWarnings();
  engine::SpeechRequest request = TextRequest(options);
  const Destination destination = ChooseDestination(options.output, options.play);
  const model::ModelPaths paths = FindModel(options.model);
  Sampling(options, {});  // a wrong value is reported before anything is loaded
  const bool no_voice = options.voice == "none";
  if (!no_voice && !options.voice.empty()) {
    request.voice = VoiceFromFile(options.voice, options.model, warn);
  }

  engine::Engine engine({.paths = paths,
                         .device = options.model.device,
                         .threads = options.model.threads,
                         .weights = ParseWeightFormat(options.weights),
                         .warn = warn});
  if (!no_voice && options.voice.empty()) {
    const text::Script script = engine::MakeScript(request, engine.config().language_tags);
    request.voice = DefaultVoice(paths, engine.config(), script, warn);
  } else if (!no_voice) {
    if (!request.voice) request.voice = VoiceByName(options.voice, paths, engine.config(), warn);
    request.fallback_language = request.voice->language;
  }
  request.find_voice = [&](std::string_view name) {
    return VoiceByName(name, paths, engine.config(), warn);
  };
  request.sampling = Sampling(options, engine.default_sampling());
  request.seed = options.seed ? *options.seed : RandomSeed();
  request.max_seconds = options.max_seconds;
  request.speed = options.speed;
  request.output_sample_rate_hz =
      options.sample_rate_hz > 0 ? options.sample_rate_hz : engine.sample_rate_hz();

  const terminal::OutputInProgress writing;
  const auto outputs = OpenOutputs(destination, request.output_sample_rate_hz);
  Sink sink(outputs, request.output_sample_rate_hz);
  const engine::SpeechStats stats = engine.Speak(request, std::ref(sink), DeliveryTo(destination));
  terminal::ThrowIfInterrupted();
  sink.Finish();
  if (destination.for_want_of_a_device)
    terminal::PrintNote("no audio device, so a file was written");
  Report(options, destination, engine, request, stats);
  return 0;
}

void AddSamplingOptions(CLI::App& app, SpeakOptions& options) {
  constexpr char kGroup[] = "Sampling [defaults: the model's]";
  app.add_option("--temperature", options.temperature, "0 = always the likeliest")->group(kGroup);
  app.add_option("--top-k", options.top_k, "Keep the k likeliest, 0 = all")->group(kGroup);
  app.add_option("--top-p", options.top_p, "Keep the likeliest up to this sum")->group(kGroup);
  app.add_option("--min-p", options.min_p, "Drop below this share of the likeliest")->group(kGroup);
  app.add_option("--repetition-penalty", options.repetition_penalty, "1 = off")->group(kGroup);
  app.add_option("--repetition-window", options.repetition_window,
                 "Tokens that the penalty looks back, 0 = all")
      ->group(kGroup);
  app.add_option("--seed", options.seed, "Same seed, same speech [random, always printed]")
      ->check(&SeedProblem)
      ->group(kGroup);
}

}  // namespace

void AddSpeak(CLI::App& app, terminal::Action& run) {
  auto options = std::make_shared<SpeakOptions>();
  CLI::App* speak = app.add_subcommand("speak", "Speak a text");
  CLI::Option* text =
      speak->add_option("TEXT", options->text, "What to say [stdin]")->type_name("");
  speak->add_option("-f,--file", options->file, "Read the text from a file, - for stdin")
      ->type_name("FILE")
      ->excludes(text);
  speak
      ->add_option("-o,--output", options->output,
                   ".wav .flac .mp3 .opus .m4a .aac by extension, or - for WAV on stdout "
                   "[play, or speech.wav where there is no audio device]")
      ->type_name("FILE");
  speak->add_flag("--play", options->play, "Play it as well");
  speak
      ->add_option("--voice", options->voice,
                   "A name, a voice file, a recording to clone, or none [the model's "
                   "default for the language]")
      ->type_name("VOICE");
  speak
      ->add_option("--max-seconds", options->max_seconds,
                   "Longest speech of one piece of text, 0 = by its length")
      ->type_name("SECONDS");
  speak
      ->add_option("--speed", options->speed,
                   "2 = twice as fast, 0.5 = half as fast, at the same pitch [1]")
      ->check(CLI::Range(audio::kLowestSpeed, audio::kHighestSpeed))
      ->type_name("FACTOR");
  speak->add_option("--sample-rate", options->sample_rate_hz, "Of the output, in Hz [the codec's]")
      ->check(CLI::Range(audio::kLowestRateHz, audio::kHighestRateHz))
      ->type_name("HZ");
  speak->add_flag("--json", options->json, "Print what was done as JSON");
  CLI::Option* dry_run = speak->add_flag(
      "--dry-run", options->dry_run,
      "Only print what would be said: language, seconds, pause behind it and words of each piece");
  speak->add_flag("--lines", options->lines, "Each line is a text of its own, one result a line")
      ->needs(dry_run);
  AddReadingOptions(*speak, options->reading);
  AddModelOption(*speak, options->model);
  AddCodecOption(*speak, options->model);
  AddSpeakerEncoderOption(*speak, options->model);
  AddWeightOption(*speak, options->weights);
  AddDeviceOptions(*speak, options->model);
  AddSamplingOptions(*speak, *options);
  speak->footer("Example: kani speak \"Any sentence.\" --voice anna.mp3 -o out.wav");
  speak->callback([options, &run] { run = [options] { return RunSpeak(*options); }; });
}

}  // namespace kani::cli
