#include "engine/engine.h"

#include <utility>

#include "base/error.h"
#include "codec/codec.h"
#include "engine/pcm_output.h"
#include "engine/plan.h"
#include "engine/stopwatch.h"
#include "engine/utterance.h"
#include "lm/generation.h"
#include "lm/language_model.h"
#include "model/generation_config.h"
#include "model/nemo.h"
#include "text/tokenizer.h"

namespace kani::engine {

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

  /// Speaks one piece. Returns false when the sink cancelled.
  bool Speak(Utterance& utterance, PcmOutput& output, SpeechStats& stats);
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
  const Plan plan =
      MakePlan(request, *impl_->tokenizer, config(), impl_->codec->config(), impl_->warn);
  SpeechStats stats;
  stats.language = plan.language;
  for (const PlannedPiece& piece : plan.pieces) stats.pieces.push_back(piece.said);
  const int rate_hz = sample_rate_hz();
  PcmOutput output(sink, rate_hz,
                   request.output_sample_rate_hz > 0 ? request.output_sample_rate_hz : rate_hz,
                   clock);
  const auto send_pause = [&output](int64_t samples) {
    return samples == 0 || output.Send(std::vector<float>(static_cast<size_t>(samples)));
  };
  bool going = send_pause(plan.pause_before_samples);
  for (size_t i = 0; i < plan.pieces.size() && going; ++i) {
    const PlannedPiece& piece = plan.pieces[i];
    Utterance utterance(*impl_->model, *impl_->kv_pool, *impl_->codec, request, plan, i);
    stats.prompt_tokens += std::ssize(piece.prompt);
    going = impl_->Speak(utterance, output, stats);
    if (going) going = send_pause(piece.pause_samples);
    if (going) ++stats.text_chunks;
  }
  if (going) going = output.Finish();
  if (!going) stats.stop_reason = StopReason::kCancelled;
  stats.audio_seconds = output.audio_seconds();
  stats.first_audio_seconds = output.first_audio_seconds();
  stats.total_seconds = clock.Seconds();
  return stats;
}

bool Engine::Impl::Speak(Utterance& utterance, PcmOutput& output, SpeechStats& stats) {
  lm::Generation& generation = utterance.generation();
  lm::Generation* const generations[] = {&generation};
  std::vector<float> pcm;
  while (!generation.finished()) {
    const Stopwatch step;
    lm::StepGenerations(*ops, *model, generations, workspace);
    stats.lm_seconds += step.Seconds();
    if (!utterance.ChunkIsDue()) continue;
    const Stopwatch decode;
    pcm.clear();
    utterance.DecodeChunk(*ops, codec_workspace, pcm);
    stats.codec_seconds += decode.Seconds();
    if (!output.Send(pcm)) return false;
  }
  stats.frames += generation.frames();
  stats.audio_tokens += std::ssize(generation.tokens());
  if (!generation.ended()) stats.stop_reason = StopReason::kLengthLimit;
  return true;
}

}  // namespace kani::engine
