// Speed of training a language model on the processor, beside what the same cores reach in a bf16
// matrix product, measured between the updates:
//   training_bench CONFIG.json [PACK_TOKENS [UPDATES]]
#include <ATen/ATen.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "train/checkpoint/writer.h"
#include "train/data/packing.h"
#include "train/lm/initialise.h"
#include "train/lm/language_model_trainer.h"
#include "train/nn/matrix_rate.h"
#include "train/nn/trained_state.h"
#include "train/observe/throughput.h"

namespace kani::train {
namespace {

double Seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// A clip of 20 text rows, a speaker and frames of random audio tokens.
Clip RandomClip(const model::LmConfig& config, int64_t frames, uint64_t seed) {
  const CounterRandom random(seed);
  Clip clip;
  clip.rows = {1, model::kSpeakerRow};
  for (int i = 0; i < 20; ++i) clip.rows.push_back(static_cast<int32_t>(10 + random.Bits(i) % 400));
  for (int64_t i = 0; i < frames * config.tokens.codebooks; ++i) {
    const int64_t codebook = i % config.tokens.codebooks;
    clip.rows.push_back(static_cast<int32_t>(config.tokens.audio_tokens_start +
                                             codebook * config.tokens.codebook_size +
                                             random.Bits(1000 + i) % config.tokens.codebook_size));
  }
  clip.speaker.assign(static_cast<size_t>(config.speaker_emb_dim), 0.1f);
  return clip;
}

/// Share of real tokens when clips of such lengths fill packs.
double PackedShare(int64_t budget) {
  const CounterRandom random(2);
  std::vector<int32_t> lengths;
  int64_t tokens = 0;
  for (int i = 0; i < 20000; ++i) {
    lengths.push_back(static_cast<int32_t>(22 + 4 * (25 + random.Bits(i) % 75)));
    tokens += lengths.back();
  }
  const Packing packing(lengths, budget);
  return static_cast<double>(tokens) / static_cast<double>(packing.size() * budget);
}

/// How long training stands still for a checkpoint, and how long its writing takes behind.
void Checkpoint(const Trainer& trainer) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / StrCat("kani_training_bench.", ::getpid());
  CheckpointWriter writer(folder, {});
  Snapshot snapshot;
  TakeSnapshot(trainer, snapshot);
  const double stall = Seconds([&] {
    TakeSnapshot(trainer, snapshot);
    writer.Write(std::move(snapshot));
  });
  const double writing = Seconds([&] { writer.Wait(); });
  std::printf("checkpoint: training stands still for %.3f s, written %.1f s later\n", stall,
              writing);
  std::filesystem::remove_all(folder);
}

int Run(int argc, char** argv) {
  const model::LmConfig config = model::LoadLmConfig(argv[1]);
  const int64_t budget = argc > 2 ? std::atoll(argv[2]) : 8192;
  const int updates = argc > 3 ? std::atoi(argv[3]) : 5;
  LanguageModel model(config, at::kBFloat16);
  Initialise(model, 1);
  ProcessGroup alone;
  LanguageModelTrainer trainer(model, {}, alone);
  std::vector<Clip> clips;
  for (int64_t rows = 0, i = 0;; ++i) {
    const int64_t frames = 25 + (i * 37) % 75;  // two to eight seconds
    rows += frames * config.tokens.codebooks + 22;
    if (rows > budget) break;
    clips.push_back(RandomClip(config, frames, static_cast<uint64_t>(i)));
  }
  const PackedBatch batch = Pack(clips, config);
  std::vector<int64_t> lengths;
  for (const Clip& clip : clips) lengths.push_back(std::ssize(clip.rows));
  const double operations = ModelFlops(config, lengths);
  std::vector<double> shares, seconds;
  for (int i = 0; i <= updates; ++i) {
    const double rate = MatrixFlopsPerSecond(at::kBFloat16, at::kCPU);
    const double took = Seconds([&] { trainer.Update({&batch, 1}); });
    if (i == 0) continue;  // memory is touched for the first time
    shares.push_back(operations / took / rate);
    seconds.push_back(took);
    std::printf("update %d: %.3f s, %.0f tokens/s, %.1f GFLOP/s of %.1f: %.1f %%\n", i, took,
                static_cast<double>(batch.borders.back()) / took, operations / took / 1e9,
                rate / 1e9, 100 * shares.back());
  }
  std::ranges::sort(shares);
  std::printf("median share of the bf16 matrix rate: %.1f %%\n", 100 * shares[shares.size() / 2]);
  std::printf("packs of %lld tokens are %.2f %% full\n", static_cast<long long>(budget),
              100 * PackedShare(budget));
  Checkpoint(trainer);
  return 0;
}

}  // namespace
}  // namespace kani::train

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: training_bench CONFIG.json [PACK_TOKENS [UPDATES]]\n", stderr);
    return 2;
  }
  return kani::train::Run(argc, argv);
}
