// What the jail costs: recordings of 10 s read in this process and by jail::ReadAudio, in turns:
// jail_bench [ROUNDS].
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "apps/jail/jail.h"
#include "base/error.h"
#include "engine/stopwatch.h"
#include "media/media.h"

namespace kani {
namespace {

void WriteSound(const std::filesystem::path& path) {
  std::vector<float> samples(220500);
  for (size_t i = 0; i < samples.size(); ++i) {
    samples[i] = 0.5f * std::sin(0.05f * static_cast<float>(i));
  }
  const auto writer = media::AudioWriter::Open(path, 22050);
  writer->Write(samples);
  writer->Finish();
}

template <typename Run>
double Milliseconds(const Run& run) {
  const engine::Stopwatch clock;
  run();
  return 1e3 * clock.Seconds();
}

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void Main(int rounds) {
  const auto folder = std::filesystem::temp_directory_path() / "kani_jail_bench";
  std::filesystem::create_directory(folder);
  std::printf("median of %d, ms %12s %9s %11s\n", rounds, "this process", "jail", "difference");
  for (const char* name : {"a.wav", "a.flac", "a.mp3", "a.opus", "a.m4a"}) {
    const std::filesystem::path path = folder / name;
    WriteSound(path);
    std::vector<double> here, jailed, differences;
    for (int round = 0; round < rounds; ++round) {
      here.push_back(Milliseconds([&] { media::ReadAudio(path); }));
      jailed.push_back(Milliseconds([&] { jail::ReadAudio(path, 3600, WarningSink()); }));
      differences.push_back(jailed.back() - here.back());
    }
    std::printf("%-17s %12.2f %9.2f %+11.2f\n", name, Median(here), Median(jailed),
                Median(differences));
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace kani

int main(int argc, char** argv) {
  if (const std::optional<int> code = kani::jail::RunChild(argc, argv)) return *code;
  try {
    kani::Main(argc > 1 ? std::atoi(argv[1]) : 50);
  } catch (const kani::Error& error) {
    std::fprintf(stderr, "jail_bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
