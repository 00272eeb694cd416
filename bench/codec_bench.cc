// Frames of several codec streams decoded in one pass beside one stream after the other,
// alternating in the same run: codec_bench CODEC.nemo [THREADS [DEVICE]]. The ratios are what to
// compare.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <vector>

#include "base/error.h"
#include "codec/codec.h"
#include "engine/stopwatch.h"

namespace kani::codec {
namespace {

constexpr size_t kStreams[] = {1, 2, 4, 8, 16};
constexpr int64_t kFrames[] = {1, 2, 4, 16};
constexpr int kRounds = 9;

class Bench {
 public:
  Bench(const char* archive, const char* device, int threads)
      : ops_(kernels::MakeOps(device, threads)),
        codec_(ops_->device(), model::OpenNemo(archive), /*with_encoder=*/false) {
    for (size_t i = 0; i < kStreams[std::size(kStreams) - 1]; ++i) streams_.emplace_back(codec_);
  }

  void Compare(size_t streams, int64_t frames) {
    const std::vector<int32_t> codes(static_cast<size_t>(frames * codec_.config().num_groups), 17);
    double one_by_one = 1e9, together = 1e9;
    for (int round = 0; round < kRounds; ++round) {
      one_by_one = std::min(one_by_one, Seconds([&] {
                              for (size_t i = 0; i < streams; ++i) {
                                pcm_.clear();
                                streams_[i].Decode(*ops_, workspace_, codes, pcm_);
                              }
                            }));
      together = std::min(together, Seconds([&] {
                            pcm_.clear();
                            std::vector<Codec::StreamFrames> all;
                            for (size_t i = 0; i < streams; ++i) {
                              all.push_back({&streams_[i], codes, &outputs_[i]});
                              outputs_[i].clear();
                            }
                            codec_.DecodeStreams(*ops_, workspace_, all);
                          }));
    }
    const double count = static_cast<double>(streams) * static_cast<double>(frames);
    std::printf("%7zu %6d %12.2f %9.2f %8.2fx\n", streams, static_cast<int>(frames),
                one_by_one / count * 1e3, together / count * 1e3, one_by_one / together);
    std::fflush(stdout);
  }

 private:
  template <typename Run>
  static double Seconds(const Run& run) {
    const engine::Stopwatch clock;
    run();
    return clock.Seconds();
  }

  std::unique_ptr<kernels::Ops> ops_;
  Codec codec_;
  Codec::Workspace workspace_;
  std::vector<Codec::DecoderStream> streams_;
  std::vector<float> pcm_, outputs_[kStreams[std::size(kStreams) - 1]];
};

void Main(const char* archive, const char* device, int threads) {
  Bench bench(archive, device, threads);
  std::printf("%7s %6s %12s %9s    best of %d, ms a frame\n", "streams", "frames", "one by one",
              "together", kRounds);
  for (const int64_t frames : kFrames) {
    for (const size_t streams : kStreams) bench.Compare(streams, frames);
  }
}

}  // namespace
}  // namespace kani::codec

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: codec_bench CODEC.nemo [THREADS [DEVICE]]\n");
    return 2;
  }
  try {
    kani::codec::Main(argv[1], argc > 3 ? argv[3] : "auto", argc > 2 ? std::atoi(argv[2]) : 0);
  } catch (const kani::Error& error) {
    std::fprintf(stderr, "codec_bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
