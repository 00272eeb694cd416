// Many requests at once beside one alone, in the same run: scheduler_bench MODEL [WEIGHTS [THREADS
// [SECONDS]]], where MODEL is a folder or a name. Every request speaks SECONDS of another seed (the
// length limit ends a model of random weights). Figures are of this run and machine; the ratios
// are what to compare.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/engine.h"
#include "engine/stopwatch.h"
#include "model/model_folder.h"

namespace kani::engine {
namespace {

constexpr int kStreams[] = {1, 2, 4, 8, 16};
constexpr char kSentence[] =
    "The quick brown fox jumps over the lazy dog, and then it sleeps in the warm sun all day "
    "long. ";
constexpr int kBookPieces = 16;
constexpr int64_t kPiecesAtOnce[] = {1, 8, 16};

struct Figures {
  double audio_per_second = 0;
  double codec_share = 0;         // of the time, the rest is the language model's
  double mean_first_seconds = 0;  // of streams that start together
  double last_first_seconds = 0;
};

class Bench {
 public:
  Bench(Engine& engine, double seconds) : engine_(engine) {
    request_.text = kSentence;
    request_.language = "en";
    request_.sampling = engine.default_sampling();
    request_.max_seconds = seconds;
  }

  /// So many streams that start together, until all are over.
  Figures Together(int streams) {
    std::vector<SpeechStream> all;
    const Stopwatch clock;
    for (int i = 0; i < streams; ++i) all.push_back(Submit());
    while (engine_.scheduler().Step()) {
      for (SpeechStream& stream : all) Drain(stream);
    }
    const double seconds = clock.Seconds();
    Figures figures;
    for (SpeechStream& stream : all) {
      Drain(stream);
      const SpeechStats stats = stream.stats();
      const double first = stats.first_audio_seconds.value_or(0);
      figures.audio_per_second += stats.audio_seconds / seconds;
      figures.codec_share += stats.codec_seconds / seconds;
      figures.mean_first_seconds += first / streams;
      figures.last_first_seconds = std::max(figures.last_first_seconds, first);
    }
    return figures;
  }

  /// First audio of one that joins `others` which all speak already.
  double FirstAudioBeside(int others) {
    std::vector<SpeechStream> all;
    for (int i = 0; i < others; ++i) all.push_back(Submit());
    const auto silent = [](const SpeechStream& stream) {
      return !stream.stats().first_audio_seconds.has_value();
    };
    while (std::ranges::any_of(all, silent)) StepAndDrain(all);
    for (int step = 0; step < 10; ++step) StepAndDrain(all);
    all.push_back(Submit());
    while (silent(all.back())) StepAndDrain(all);
    return *all.back().stats().first_audio_seconds;
  }

  /// Seconds that a text of many pieces takes.
  double Book(int64_t pieces_at_once) {
    SpeechRequest book = request_;
    book.max_chunk_characters = sizeof(kSentence);
    for (int i = 1; i < kBookPieces; ++i) book.text += kSentence;
    return engine_
        .Speak(book, [](std::span<const float>) { return true; },
               {.pieces_at_once = pieces_at_once})
        .total_seconds;
  }

 private:
  SpeechStream Submit() {
    ++request_.seed;
    return engine_.Submit(request_);
  }
  void Drain(SpeechStream& stream) {
    while (stream.TryRead(pcm_) == ReadResult::kPcm) {
    }
  }
  void StepAndDrain(std::vector<SpeechStream>& all) {
    engine_.scheduler().Step();
    for (SpeechStream& stream : all) Drain(stream);
  }

  Engine& engine_;
  SpeechRequest request_;
  std::vector<float> pcm_;
};

void Main(const std::string& model, const std::string& weights, int threads, double seconds) {
  Engine engine({.paths = model::FindModel({.model = model}),
                 .threads = threads,
                 .weights = kernels::FindWeightFormat(weights)});
  Bench bench(engine, seconds);
  // Warms caches and workspaces; and then all begin behind the same prompt, which the second of a
  // kind leaves in the scheduler's cache.
  for (int i = 0; i < 3; ++i) bench.Together(1);
  std::printf("%7s %13s %9s %7s %16s %16s %16s\n", "streams", "audio s / s", "beside 1", "codec",
              "first audio, mean", "of the last", "of one joining");
  double alone = 0;
  for (const int streams : kStreams) {
    const Figures figures = bench.Together(streams);
    if (streams == 1) alone = figures.audio_per_second;
    std::printf("%7d %13.3f %8.2fx %6.0f%% %15.3f s %14.3f s %14.3f s\n", streams,
                figures.audio_per_second, figures.audio_per_second / alone,
                100 * figures.codec_share, figures.mean_first_seconds, figures.last_first_seconds,
                bench.FirstAudioBeside(streams - 1));
    std::fflush(stdout);
  }
  double one_by_one = 0;
  for (const int64_t pieces : kPiecesAtOnce) {
    const double taken = bench.Book(pieces);
    if (pieces == 1) one_by_one = taken;
    std::printf("a text of %d pieces, %2d at once: %8.2f s, %.2f of one by one\n", kBookPieces,
                static_cast<int>(pieces), taken, taken / one_by_one);
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace kani::engine

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: scheduler_bench MODEL [WEIGHTS [THREADS [SECONDS]]]\n");
    return 2;
  }
  try {
    kani::engine::Main(argv[1], argc > 2 ? argv[2] : "int8", argc > 3 ? std::atoi(argv[3]) : 0,
                       argc > 4 ? std::atof(argv[4]) : 2.0);
  } catch (const kani::Error& error) {
    std::fprintf(stderr, "scheduler_bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
