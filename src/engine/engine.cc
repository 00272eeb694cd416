#include "engine/engine.h"

#include <utility>
#include <vector>

#include "base/error.h"
#include "codec/codec.h"
#include "engine/plan.h"
#include "engine/stopwatch.h"
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
  std::unique_ptr<Scheduler> scheduler;

  bool Read(SpeechStream& stream, std::vector<float>& pcm);
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
  for (const std::string& warning : config().warnings) Warn(impl_->warn, warning);
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
  impl_->scheduler = std::make_unique<Scheduler>(
      SpeechModels{*impl_->ops, *impl_->model, *impl_->codec}, options.limits);
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

lm::SamplingSettings Engine::default_sampling() const { return DefaultSampling(impl_->generation); }

lm::SamplingSettings DefaultSampling(const model::GenerationConfig& file) {
  lm::SamplingSettings settings;
  settings.temperature = file.temperature.value_or(settings.temperature);
  settings.top_k = file.top_k.value_or(settings.top_k);
  settings.top_p = file.top_p.value_or(settings.top_p);
  settings.min_p = file.min_p.value_or(settings.min_p);
  settings.repetition_penalty = file.repetition_penalty.value_or(settings.repetition_penalty);
  return settings;
}

SpeechStream Engine::Submit(const SpeechRequest& request, const Delivery& delivery) {
  const Stopwatch clock;
  Plan plan = MakePlan(request, *impl_->tokenizer, config(), impl_->codec->config(), impl_->warn);
  return impl_->scheduler->Submit(request, std::move(plan), delivery, clock);
}

Scheduler& Engine::scheduler() { return *impl_->scheduler; }

SpeechStats Engine::Speak(const SpeechRequest& request, const PcmSink& sink,
                          const Delivery& delivery) {
  SpeechStream stream = Submit(request, delivery);
  Scheduler& scheduler = *impl_->scheduler;
  std::vector<float> pcm;
  try {
    while (impl_->Read(stream, pcm)) {
      if (!sink(pcm)) stream.Cancel();
    }
  } catch (...) {
    stream.Cancel();
    if (!scheduler.driven()) scheduler.Step();
    throw;
  }
  // Where nobody else would, what a cancelled request held is given back.
  if (!scheduler.driven()) scheduler.Step();
  return stream.stats();
}

/// Reads on, and does what is needed for it unless a thread does.
bool Engine::Impl::Read(SpeechStream& stream, std::vector<float>& pcm) {
  if (scheduler->driven()) return stream.Read(pcm);
  for (;;) {
    const ReadResult result = stream.TryRead(pcm);
    if (result != ReadResult::kNothingYet) return result == ReadResult::kPcm;
    const uint32_t rings = scheduler->rings();
    if (!scheduler->Step()) scheduler->WaitForWork(rings);
  }
}

}  // namespace kani::engine
