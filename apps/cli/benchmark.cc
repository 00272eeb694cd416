#include "apps/cli/benchmark.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/random.h"
#include "codec/codec.h"
#include "engine/engine.h"
#include "kernels/probe.h"
#include "lm/generation.h"
#include "lm/language_model.h"
#include "model/nemo.h"
#include "speaker/encoder.h"

namespace kani::cli {
namespace {

constexpr int kRuns = 5;
constexpr int64_t kPromptRows = 35;  // a sentence of 100 characters
constexpr int64_t kDecodeTokens = 32;
constexpr double kRecordingSeconds = 10;
constexpr char kSentence[] =
    "The quick brown fox jumps over the lazy dog, and then it sleeps in the warm sun all day long.";

double Seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double Median(const std::function<double()>& measure) {
  std::vector<double> values;
  for (int i = 0; i < kRuns; ++i) values.push_back(measure());
  std::sort(values.begin(), values.end());
  return values[kRuns / 2];
}

/// Peak resident memory since the last reset, in MB; 0 where the system does not tell.
double PeakMemoryMb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) * 1024 / 1e6;
  }
  return 0;
}
void ResetPeakMemory() { std::ofstream("/proc/self/clear_refs") << "5"; }

std::string CpuName() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown CPU";
}

std::vector<float> Noise(int64_t samples) {
  const CounterRandom random(11);
  std::vector<float> noise(static_cast<size_t>(samples));
  for (size_t i = 0; i < noise.size(); ++i) {
    noise[i] = static_cast<float>(0.2 * random.Uniform(i) - 0.1);
  }
  return noise;
}

std::vector<int32_t> RandomCodes(const model::CodecConfig& config, int64_t frames) {
  const CounterRandom random(12);
  std::vector<int32_t> codes;
  for (int64_t i = 0; i < frames * config.num_groups; ++i) {
    codes.push_back(static_cast<int32_t>(random.Uniform(static_cast<uint64_t>(i)) *
                                         static_cast<double>(config.codebook_size())));
  }
  return codes;
}

/// Multiply-adds of one frame in the decoder's convolutions.
double DecoderMacsPerFrame(const model::CodecDecoderConfig& config) {
  double channels = static_cast<double>(config.base_channels), positions = 1, macs = 0;
  macs += static_cast<double>(config.input_dim * config.in_kernel_size) * channels;
  for (int64_t rate : config.up_sample_rates) {
    channels /= 2;
    positions *= static_cast<double>(rate);
    macs += 4 * channels * positions;
    for (int64_t kernel : config.resblock_kernel_sizes) {
      macs += 2.0 * static_cast<double>(config.resblock_dilation_sizes.size()) * channels *
              channels * static_cast<double>(kernel) * positions;
    }
  }
  return macs + channels * static_cast<double>(config.out_kernel_size) * positions;
}

/// Collects figures in the order they are measured.
class Report {
 public:
  explicit Report(bool json) : json_(json) {}
  void Text(const std::string& name, const std::string& value) {
    if (!json_) std::printf("%-56s %s\n", name.c_str(), value.c_str());
    figures_[name] = value;
  }
  void Add(const std::string& name, double value, const char* unit) {
    if (!json_) std::printf("%-56s %10.3f %s\n", name.c_str(), value, unit);
    std::fflush(stdout);
    figures_[StrCat(name, " [", unit, "]")] = value;
  }
  void Finish() const {
    if (json_) std::printf("%s\n", figures_.dump(1).c_str());
  }

 private:
  bool json_;
  nlohmann::ordered_json figures_;
};

void BenchLanguageModel(Report& report, const BenchOptions& options, kernels::WeightFormat format) {
  const std::string name = StrCat("lm ", kernels::WeightFormatName(format), " ");
  const auto ops = kernels::MakeOps(options.device, options.threads);
  std::unique_ptr<lm::LanguageModel> model;
  report.Add(name + "load", Seconds([&] {
               model = lm::LanguageModel::Load(ops->device(), options.paths.lm_folder, format);
             }),
             "s");
  lm::GenerationRequest request;
  for (int64_t i = 0; i < kPromptRows; ++i) request.prompt.push_back(static_cast<int32_t>(8 + i));
  request.max_frames = 1000;
  lm::Workspace workspace;
  kernels::KvPool pool(ops->device(), lm::KvShapeOf(model->config()));
  std::vector<double> prefills, steps, bandwidths;
  for (int run = 0; run < kRuns + 1; ++run) {
    request.seed = static_cast<uint64_t>(run);
    lm::Generation generation(*model, pool, request);
    lm::Generation* const generations[] = {&generation};
    const double prefill =
        Seconds([&] { lm::StepGenerations(*ops, *model, generations, workspace); });
    int64_t tokens = 0;
    const double decode = Seconds([&] {
      for (; tokens < kDecodeTokens && !generation.finished(); ++tokens) {
        lm::StepGenerations(*ops, *model, generations, workspace);
      }
    });
    // Beside each run: what a shared host lets through changes from minute to minute.
    const double bandwidth = kernels::ReadBandwidthBytesPerSecond(ops->threads());
    if (run == 0) continue;  // warms caches and the workspace
    bandwidths.push_back(bandwidth);
    prefills.push_back(prefill);
    if (tokens > 0) steps.push_back(decode / static_cast<double>(tokens));
  }
  std::sort(prefills.begin(), prefills.end());
  std::sort(steps.begin(), steps.end());
  std::sort(bandwidths.begin(), bandwidths.end());
  const double step = steps[steps.size() / 2];
  const double bytes = static_cast<double>(model->bytes_per_token());
  report.Add(name + "prompt of 35 rows", prefills[prefills.size() / 2] * 1e3, "ms");
  report.Add(name + "decode", 1 / step, "tokens/s");
  report.Add(name + "weights read", bytes / step / 1e9, "GB/s");
  report.Add(name + "memory read probed between the runs", bandwidths[bandwidths.size() / 2] / 1e9,
             "GB/s");
  report.Add(name + "share of read bandwidth",
             100 * bytes / step / bandwidths[bandwidths.size() / 2], "%");
}

void BenchCodec(Report& report, const BenchOptions& options, double fma_rate) {
  const auto ops = kernels::MakeOps(options.device, options.threads);
  const codec::Codec codec(ops->device(), model::OpenNemo(options.paths.codec),
                           /*with_encoder=*/true);
  const model::CodecConfig& config = codec.config();
  const double frames_per_second =
      static_cast<double>(config.sample_rate_hz) / static_cast<double>(config.samples_per_frame);
  constexpr int64_t kFrames = 32;
  const std::vector<int32_t> codes = RandomCodes(config, kFrames);
  const double audio_seconds = static_cast<double>(kFrames) / frames_per_second;
  for (int64_t chunk : {2, 16}) {
    codec::Codec::DecoderStream stream(codec);
    codec::Codec::Workspace workspace;
    const double seconds = Median([&] {
      std::vector<float> pcm;
      return Seconds([&] {
        for (int64_t begin = 0; begin < kFrames; begin += chunk) {
          stream.Decode(*ops, workspace,
                        std::span(codes).subspan(static_cast<size_t>(begin * config.num_groups),
                                                 static_cast<size_t>(chunk * config.num_groups)),
                        pcm);
        }
      });
    });
    const std::string name = StrCat("codec decode, ", chunk, " frames a call, ");
    const double flops = 2 * DecoderMacsPerFrame(config.decoder) * static_cast<double>(kFrames);
    report.Add(name + "RTF", seconds / audio_seconds, "");
    report.Add(name + "share of FMA rate", 100 * flops / seconds / fma_rate, "%");
  }
  const std::vector<float> audio = Noise(kFrames * config.samples_per_frame);
  const double encode = Median([&] { return Seconds([&] { codec.Encode(*ops, audio); }); });
  report.Add("codec encode, RTF", encode / audio_seconds, "");
}

void BenchSpeaker(Report& report, const BenchOptions& options) {
  ResetPeakMemory();
  const auto ops = kernels::MakeOps(options.device, options.threads);
  std::unique_ptr<speaker::Encoder> encoder;
  const double load = Seconds(
      [&] { encoder = speaker::Encoder::Load(ops->device(), *options.paths.speaker_encoder); });
  const std::vector<float> audio =
      Noise(static_cast<int64_t>(kRecordingSeconds * speaker::kSampleRateHz));
  const double embed = Seconds([&] { encoder->Embed(*ops, audio); });
  report.Add("speaker encoder load", load, "s");
  report.Add("speaker embedding of 10 s", embed, "s");
  report.Add("10 s recording to voice, load included", load + embed, "s");
  report.Add("speaker peak memory", PeakMemoryMb(), "MB");
}

void BenchSpeech(Report& report, const BenchOptions& options, kernels::WeightFormat format) {
  const std::string name = StrCat("speak ", kernels::WeightFormatName(format), " ");
  ResetPeakMemory();
  engine::EngineOptions engine_options;
  engine_options.paths = options.paths;
  engine_options.device = options.device;
  engine_options.threads = options.threads;
  engine_options.weights = format;
  std::unique_ptr<engine::Engine> engine;
  const double load = Seconds([&] { engine = std::make_unique<engine::Engine>(engine_options); });
  std::vector<engine::SpeechStats> runs;
  for (int run = 0; run < kRuns; ++run) {
    engine::SpeechRequest request;
    request.text = kSentence;
    request.seed = static_cast<uint64_t>(run);
    request.max_seconds = 4;
    request.sampling = engine->default_sampling();
    runs.push_back(engine->Speak(request, [](std::span<const float>) { return true; }));
  }
  const auto median = [&](auto field) {
    std::sort(runs.begin(), runs.end(),
              [&](const auto& a, const auto& b) { return field(a) < field(b); });
    return field(runs[kRuns / 2]);
  };
  const double first = median(
      [](const engine::SpeechStats& stats) { return stats.first_audio_seconds.value_or(0); });
  report.Add(name + "load", load, "s");
  report.Add(name + "first audio", first, "s");
  report.Add(name + "start to first sample (load + first audio)", load + first, "s");
  report.Add(name + "RTF",
             median([](const engine::SpeechStats& stats) { return stats.real_time_factor(); }), "");
  report.Add(name + "peak memory", PeakMemoryMb(), "MB");
}

}  // namespace

void Bench(const BenchOptions& options) {
  Report report(options.json);
  int threads = 0;
  {
    const auto ops = kernels::MakeOps(options.device, options.threads);
    threads = ops->threads();
    report.Text("machine", StrCat(CpuName(), ", ", ops->name(), ", ", threads, " threads"));
  }
  // Memory first: later phases leave freed pages behind that would count.
  for (kernels::WeightFormat format : options.weights) BenchSpeech(report, options, format);
  const double bandwidth = Median([&] { return kernels::ReadBandwidthBytesPerSecond(threads); });
  const double fma_rate = Median([&] { return kernels::FmaFlopsPerSecond(threads); });
  report.Add("probe: memory read", bandwidth / 1e9, "GB/s");
  report.Add("probe: fp32 FMA", fma_rate / 1e9, "GFLOP/s");
  for (kernels::WeightFormat format : options.weights) {
    BenchLanguageModel(report, options, format);
  }
  BenchCodec(report, options, fma_rate);
  if (options.paths.speaker_encoder) BenchSpeaker(report, options);
  report.Finish();
}

}  // namespace kani::cli
