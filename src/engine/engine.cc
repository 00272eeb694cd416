#include "engine/engine.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "audio/resampler.h"
#include "base/error.h"
#include "codec/codec.h"
#include "lm/language_model.h"
#include "lm/stream.h"
#include "model/generation_config.h"
#include "model/nemo.h"
#include "text/language.h"
#include "text/normalizer.h"
#include "text/prompt.h"
#include "text/sentences.h"
#include "text/tokenizer.h"

namespace kani::engine {
namespace {

// Speech runs at about 15 characters a second (the original server's estimate).
constexpr double kCharactersPerSecond = 15.0;
// A runaway is stopped here: 2.5 x the expected duration + 2 s.
constexpr double kLengthFactor = 2.5, kLengthSlackSeconds = 2.0;
// 16 s of speech: users report failures of the original from about 50 words on.
constexpr int64_t kDefaultChunkCharacters = 240;
constexpr size_t kMaxTextBytes = 1 << 20;

class Stopwatch {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

int64_t CodePoints(std::string_view utf8) {
  return std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

/// PCM of one request on its way out: resampled, counted, cancellable.
class Output {
 public:
  Output(const PcmSink& sink, int codec_rate_hz, int output_rate_hz, const Stopwatch& clock,
         SpeechStats& stats)
      : sink_(sink),
        resampler_(codec_rate_hz, output_rate_hz),
        rate_hz_(output_rate_hz),
        clock_(clock),
        stats_(stats) {}

  /// False once the sink has asked to stop.
  bool Send(std::span<const float> samples) {
    resampled_.clear();
    resampler_.Process(samples, resampled_);
    return Deliver();
  }
  bool Finish() {
    resampled_.clear();
    resampler_.Finish(resampled_);
    return Deliver();
  }

 private:
  bool Deliver() {
    if (resampled_.empty()) return true;
    if (stats_.first_audio_seconds == 0) stats_.first_audio_seconds = clock_.Seconds();
    stats_.audio_seconds += static_cast<double>(resampled_.size()) / rate_hz_;
    return sink_(resampled_);
  }

  const PcmSink& sink_;
  audio::Resampler resampler_;
  int rate_hz_;
  const Stopwatch& clock_;
  SpeechStats& stats_;
  std::vector<float> resampled_;
};

}  // namespace

std::string_view StopReasonName(StopReason reason) {
  switch (reason) {
    case StopReason::kEnd:
      return "end";
    case StopReason::kLengthLimit:
      return "length_limit";
    case StopReason::kCancelled:
      return "cancelled";
  }
  return "?";
}

struct Engine::Impl {
  std::unique_ptr<kernels::Ops> ops;  // keeps the device of all that follows
  std::unique_ptr<codec::Codec> codec;
  std::unique_ptr<lm::LanguageModel> model;
  std::unique_ptr<text::Tokenizer> tokenizer;
  model::GenerationConfig generation;
  WarningSink warn;
  std::optional<kernels::KvPool> kv_pool;
  lm::Workspace workspace;
  codec::Codec::Workspace codec_workspace;

  /// Speaks one piece of text. Returns false when the sink cancelled.
  bool SpeakChunk(const SpeechRequest& request, const std::string& text, uint64_t index,
                  Output& output, SpeechStats& stats);
  int64_t MaxFrames(const SpeechRequest& request, const std::string& text,
                    size_t prompt_rows) const;
};

Engine::Engine(EngineOptions options) : impl_(std::make_unique<Impl>()) {
  impl_->warn = options.warn;
  impl_->ops = kernels::MakeOps(options.device, options.threads);
  kernels::Device& device = impl_->ops->device();
  {
    // The archive also holds training-only tensors: it is closed before the language model loads.
    const model::NemoArchive archive = model::OpenNemo(options.paths.codec);
    impl_->codec = std::make_unique<codec::Codec>(device, archive, /*with_encoder=*/false);
  }
  impl_->model = lm::LanguageModel::Load(device, options.paths.lm_folder, options.weights);
  impl_->kv_pool.emplace(device, lm::KvShapeOf(config()));
  impl_->tokenizer =
      std::make_unique<text::Tokenizer>(model::LoadTokenizerFile(options.paths.tokenizer));
  impl_->generation =
      model::LoadGenerationConfig(options.paths.lm_folder / "generation_config.json");

  const model::TokenLayout& tokens = config().tokens;
  const model::CodecConfig& codec = impl_->codec->config();
  if (tokens.codebooks != codec.num_groups || tokens.codebook_size != codec.codebook_size()) {
    Fail(ErrorCode::kInvalidFile, "the language model writes ", tokens.codebooks, " codebooks of ",
         tokens.codebook_size, ", the codec ", Quoted(options.paths.codec.string()), " reads ",
         codec.num_groups, " of ", codec.codebook_size());
  }
}

Engine::~Engine() = default;

int Engine::sample_rate_hz() const {
  return static_cast<int>(impl_->codec->config().sample_rate_hz);
}
const model::LmConfig& Engine::config() const { return impl_->model->config(); }
std::string_view Engine::device() const { return impl_->ops->name(); }
kernels::WeightFormat Engine::weights() const { return impl_->model->format(); }
size_t Engine::weight_bytes() const {
  return impl_->model->weight_bytes() + impl_->codec->weight_bytes();
}

lm::SamplingSettings Engine::default_sampling() const {
  lm::SamplingSettings settings;
  const model::GenerationConfig& file = impl_->generation;
  settings.temperature = file.temperature.value_or(settings.temperature);
  settings.top_k = file.top_k.value_or(settings.top_k);
  settings.top_p = file.top_p.value_or(settings.top_p);
  settings.min_p = file.min_p.value_or(settings.min_p);
  settings.repetition_penalty = file.repetition_penalty.value_or(settings.repetition_penalty);
  return settings;
}

SpeechStats Engine::Speak(const SpeechRequest& request, const PcmSink& sink) {
  const Stopwatch clock;
  lm::Validate(request.sampling);
  if (request.text.size() > kMaxTextBytes) {
    Fail(ErrorCode::kResourceExhausted, "text of ", request.text.size(), " bytes, at most ",
         kMaxTextBytes, " in one request");
  }
  if (request.first_chunk_frames < 1 || request.max_chunk_frames < 1) {
    Fail(ErrorCode::kInvalidArgument, "PCM chunks need at least one frame");
  }
  if (!std::isfinite(request.max_seconds) || request.max_seconds < 0) {
    Fail(ErrorCode::kInvalidArgument, "longest duration: expected 0 or more seconds, found ",
         request.max_seconds);
  }
  SpeechStats stats;
  stats.language = text::ResolveLanguage(request.language, config().language_tags, request.text);
  std::string spoken_language = text::BaseLanguage(stats.language);
  if (spoken_language.empty()) {
    spoken_language = text::DetectLanguage(request.text, text::KnownLanguages());
  }
  const std::string text = request.normalize_text
                               ? text::Normalize(request.text, spoken_language, impl_->warn)
                               : request.text;
  const int64_t chunk_characters =
      request.max_chunk_characters > 0 ? request.max_chunk_characters : kDefaultChunkCharacters;
  const std::vector<text::TextChunk> chunks =
      text::SplitText(text, spoken_language, static_cast<size_t>(chunk_characters));
  if (chunks.empty()) Fail(ErrorCode::kInvalidArgument, "the text has nothing to speak");

  const int codec_rate_hz = sample_rate_hz();
  const int output_rate_hz =
      request.output_sample_rate_hz > 0 ? request.output_sample_rate_hz : codec_rate_hz;
  Output output(sink, codec_rate_hz, output_rate_hz, clock, stats);
  bool going = true;
  for (size_t i = 0; i < chunks.size() && going; ++i) {
    going = impl_->SpeakChunk(request, chunks[i].text, i, output, stats);
    if (going && chunks[i].pause_after_ms > 0) {
      const int64_t samples = int64_t{codec_rate_hz} * chunks[i].pause_after_ms / 1000;
      going = output.Send(std::vector<float>(static_cast<size_t>(samples)));
    }
    if (going) ++stats.text_chunks;
  }
  if (going) going = output.Finish();
  if (!going) stats.stop_reason = StopReason::kCancelled;
  stats.total_seconds = clock.Seconds();
  return stats;
}

int64_t Engine::Impl::MaxFrames(const SpeechRequest& request, const std::string& text,
                                size_t prompt_rows) const {
  const model::CodecConfig& config = codec->config();
  const double expected_seconds = static_cast<double>(CodePoints(text)) / kCharactersPerSecond;
  const double seconds = request.max_seconds > 0
                             ? request.max_seconds
                             : kLengthFactor * expected_seconds + kLengthSlackSeconds;
  const double frames = seconds * static_cast<double>(config.sample_rate_hz) /
                        static_cast<double>(config.samples_per_frame);
  // Past its positions the model has never been.
  const int64_t positions =
      model->config().max_position_embeddings - static_cast<int64_t>(prompt_rows);
  const double limit = std::floor(static_cast<double>(positions) / model->config().audio_step);
  if (limit < 1) {
    Fail(ErrorCode::kResourceExhausted, "prompt of ", prompt_rows, " rows, the model takes ",
         model->config().max_position_embeddings);
  }
  return static_cast<int64_t>(std::clamp(frames, 1.0, limit));
}

bool Engine::Impl::SpeakChunk(const SpeechRequest& request, const std::string& text, uint64_t index,
                              Output& output, SpeechStats& stats) {
  lm::StreamRequest stream_request;
  stream_request.prompt = text::BuildPrompt(*tokenizer, model->config().tokens, text,
                                            stats.language, request.voice.has_value());
  if (request.voice) stream_request.speaker_embedding = request.voice->embedding;
  stream_request.sampling = request.sampling;
  stream_request.seed = request.seed;
  stream_request.substream = index;
  stream_request.max_frames = MaxFrames(request, text, stream_request.prompt.size());
  stats.prompt_tokens += static_cast<int64_t>(stream_request.prompt.size());

  const int64_t codebooks = model->config().tokens.codebooks;
  lm::Stream stream(*model, *kv_pool, std::move(stream_request));
  codec::Codec::DecoderStream decoder(*codec);
  std::vector<float> pcm;
  int64_t decoded = 0;
  int64_t goal = request.first_chunk_frames;
  lm::Stream* const streams[] = {&stream};
  while (!stream.finished()) {
    const Stopwatch step;
    lm::StepStreams(*ops, *model, streams, workspace);
    stats.lm_seconds += step.Seconds();
    const int64_t waiting = stream.frames() - decoded;
    if (waiting == 0 || (waiting < goal && !stream.finished())) continue;
    const Stopwatch decode;
    pcm.clear();
    decoder.Decode(*ops, codec_workspace,
                   stream.codes().subspan(static_cast<size_t>(decoded * codebooks)), pcm);
    stats.codec_seconds += decode.Seconds();
    decoded = stream.frames();
    goal = std::min(goal * 2, request.max_chunk_frames);
    if (!output.Send(pcm)) return false;
  }
  stats.frames += stream.frames();
  stats.audio_tokens += static_cast<int64_t>(stream.tokens().size());
  if (!stream.ended()) stats.stop_reason = StopReason::kLengthLimit;
  return true;
}

}  // namespace kani::engine
