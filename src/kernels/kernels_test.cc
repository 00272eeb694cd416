// Every implementation of the operations: close to the oracle, inside the borders of what they were
// given, and the same bits on every instruction set, thread count and cut.

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <iostream>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "kernels/kernel_cases.h"
#include "kernels/kv_cache.h"
#include "kernels/ops.h"

namespace kani::kernels {
namespace {

void ExpectClose(const std::vector<float>& found, const std::vector<float>& expected,
                 double tolerance, const std::string& what) {
  ASSERT_EQ(found.size(), expected.size());
  double largest = 0;
  for (float value : expected) {
    if (std::isfinite(value)) largest = std::max(largest, std::fabs(static_cast<double>(value)));
  }
  for (size_t i = 0; i < found.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(found[i])) << what << " [" << i << "]";
    } else if (std::isinf(expected[i])) {
      EXPECT_EQ(found[i], expected[i]) << what << " [" << i << "]";
    } else {
      ASSERT_NEAR(found[i], expected[i], tolerance * std::max(largest, 1e-30))
          << what << " [" << i << "]";
    }
  }
}

TEST(KernelsTest, EveryInstructionSetAgreesWithTheOracle) {
  const auto reference = MakeOps("reference", 1);
  if (AvailableIsas().empty()) GTEST_SKIP() << "this CPU has no vector kernels";
  for (const Case& test : AllCases()) {
    const std::vector<float> expected = test.run(*reference);
    for (std::string_view isa : AvailableIsas()) {
      const auto ops = MakeOps(isa, 2);
      ExpectClose(test.run(*ops), expected, test.tolerance,
                  test.name() + " on " + std::string(isa));
    }
  }
}

TEST(KernelsTest, InstructionSetsAndThreadCountsGiveTheSameBits) {
  if (AvailableIsas().empty()) GTEST_SKIP() << "this CPU has no vector kernels";
  if (AvailableIsas().size() == 1) {
    std::cout << "only threads are compared: this CPU has one instruction set\n";
  }
  for (const Case& test : AllCases()) {
    const std::vector<float> expected = test.run(*MakeOps("cpu", 1));
    for (std::string_view isa : AvailableIsas()) {
      for (int threads : {1, 2, 3}) {
        const auto ops = MakeOps(isa, threads);
        ExpectSameBits(
            test.run(*ops), expected,
            test.name() + " on " + std::string(isa) + ", threads " + std::to_string(threads));
      }
    }
  }
}

/// FNV-1a of each operation's results; NaN counts as one value.
std::map<std::string, uint64_t> ResultHashes(Ops& ops) {
  std::map<std::string, uint64_t> hashes;
  for (const Case& test : AllCases()) {
    uint64_t& hash = hashes.try_emplace(test.operation, 0xcbf29ce484222325).first->second;
    for (float value : test.run(ops)) {
      const uint32_t bits = std::isnan(value) ? 0x7fc00000 : std::bit_cast<uint32_t>(value);
      hash = (hash ^ bits) * 0x100000001b3;
    }
  }
  return hashes;
}

TEST(KernelsTest, ResultsAreThoseOfOtherMachines) {
  if (AvailableIsas().empty()) GTEST_SKIP() << "this CPU has no vector kernels";
  // The same on AVX2, AVX-512 and NEON. A change that means to change results changes these.
  const std::map<std::string, uint64_t> recorded = {
      {"Add", 0x89a7a68cb79837f1},
      {"Attention", 0xe95642b91f95f16c},
      {"BiasedAttention", 0xfe7bee118c8fab16},
      {"Divide", 0x1ce66af5d98dd434},
      {"Gelu", 0x7eab6a176f6cedd6},
      {"GroupedUpsample", 0xc012d2bb3b02a433},
      {"HalfSnake", 0x40629ec1b861bde2},
      {"HeadNorm", 0x53e0e16c7ffafcfa},
      {"LayerNorm", 0xf2c127173a6d4b4d},
      {"LeakyRelu", 0x4d1b306e8ab98f0f},
      {"RmsNorm", 0xe512379675d797fc},
      {"Rope", 0x876c90991ad32d47},
      {"ShortConvolution", 0x8ac2aaafa7ff2f90},
      {"SiluMultiply", 0xad14658134fb563c},
      {"bf16 product", 0x1f3deefc7cc811a9},
      {"fp32 product", 0x613d2fb4cee0d625},
      {"int8 product", 0x36e436843e136e24},
  };
  EXPECT_EQ(ResultHashes(*MakeOps("cpu", 2)), recorded);
}

TEST(KernelsTest, RowsOfAProductDoNotDependOnTheirNeighbours) {
  if (AvailableIsas().empty()) GTEST_SKIP() << "this CPU has no vector kernels";
  for (std::string_view isa : AvailableIsas()) {
    const auto ops = MakeOps(isa, 2);
    for (const ConvolveShape& shape :
         {ConvolveShape{40, 70, 1, 2600}, ConvolveShape{25, 54, 11, 54, 1, 3},
          ConvolveShape{110, 30, 3, 27, 2, 1}}) {
      for (const WeightTraits& traits : AllWeightFormats()) {
        if (shape.taps > 1 && !traits.convolutions) continue;
        const WeightFormat format = traits.format;
        const std::vector<float> whole = RunConvolve(*ops, shape, format, true, true);
        const size_t row = static_cast<size_t>(shape.outputs + 5);
        for (int64_t t = 0; t < shape.rows; t += 7) {
          const std::vector<float> one = RunConvolve(*ops, shape, format, true, true, t, 1);
          const auto begin = static_cast<std::ptrdiff_t>(static_cast<size_t>(t) * row);
          const auto size = static_cast<std::ptrdiff_t>(row);
          ExpectSameBits({one.begin() + begin, one.begin() + begin + size},
                         {whole.begin() + begin, whole.begin() + begin + size},
                         "row " + std::to_string(t) + ", " + std::string(WeightFormatName(format)) +
                             ", " + std::string(isa));
        }
      }
    }
  }
}

TEST(KernelsTest, AKernelOfSeveralTapsIsRefusedByFormatsOfMatrices) {
  for (const char* name : {"reference", "auto"}) {
    const auto device = MakeDevice(name);
    for (const WeightTraits& traits : AllWeightFormats()) {
      const auto pack = [&] {
        device->Pack(4, 3, 32, traits.format, [](int64_t, std::span<float>) {});
      };
      if (traits.convolutions) {
        EXPECT_NO_THROW(pack());
      } else {
        EXPECT_THROW(pack(), Error) << traits.name;
      }
    }
  }
}

TEST(WeightFormatTest, EveryFormatIsFoundByItsName) {
  for (const WeightTraits& traits : AllWeightFormats()) {
    EXPECT_EQ(FindWeightFormat(traits.name), traits.format);
    EXPECT_EQ(WeightFormatName(traits.format), traits.name);
  }
  EXPECT_EQ(FindWeightFormat("int3"), std::nullopt);
}

TEST(KernelsTest, NotANumberReachesTheOutputsItBelongsToAndNoOthers) {
  if (AvailableIsas().empty()) GTEST_SKIP() << "this CPU has no vector kernels";
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (std::string_view isa : AvailableIsas()) {
    const auto ops = MakeOps(isa, 2);
    for (const WeightTraits& traits : AllWeightFormats()) {
      const WeightFormat format = traits.format;
      for (float bad : {kNan, kInfinity}) {
        constexpr int64_t kRows = 3, kOutputs = 20, kInputs = 40;
        const std::vector<float> matrix = Normals(kOutputs * kInputs, 1);
        const auto weights =
            ops->device().Pack(kOutputs, 1, kInputs, format, Rows(matrix, kInputs));
        std::vector<float> inputs = Normals(kRows * kInputs, 2);
        inputs[kInputs + 39] = bad;
        Buffer x(ops->device(), inputs), y(ops->device(), size_t{kRows * kOutputs});
        ops->MatMul(*weights, nullptr, x.data(), y.data(), kRows);
        std::vector<float> found(kRows * kOutputs);
        ops->Download(y.data(), found);
        for (size_t i = 0; i < found.size(); ++i) {
          EXPECT_EQ(std::isfinite(found[i]), i / kOutputs != 1) << WeightFormatName(format) << i;
        }
      }
    }
    Buffer x(ops->device(), std::vector<float>{kNan, kInfinity, -kInfinity, 1.0f});
    std::vector<float> found(4);
    ops->Gelu(x.data(), 4);
    ops->Download(x.data(), found);
    EXPECT_TRUE(std::isnan(found[0]));
    EXPECT_EQ(found[1], kInfinity);
    EXPECT_NEAR(found[3], 0.8413447f, 1e-6);
  }
}

TEST(KernelsTest, DenormalsCountAsZeroAndTheCallersSettingStays) {
  if (AvailableIsas().empty()) GTEST_SKIP() << "this CPU has no vector kernels";
  const float denormal = std::numeric_limits<float>::denorm_min() * 1000;
  for (std::string_view isa : AvailableIsas()) {
    const auto ops = MakeOps(isa, 1);
    Buffer x(ops->device(), std::vector<float>{denormal, 1.0f}),
        y(ops->device(), std::vector<float>{0.0f, 0.0f});
    ops->Add(x.data(), y.data(), 2);
    std::vector<float> found(2);
    ops->Download(y.data(), found);
    EXPECT_EQ(found[0], 0.0f);
    EXPECT_EQ(found[1], 1.0f);
    volatile float mine = denormal;
    EXPECT_GT(mine * 2, 0.0f) << "the caller's denormals were lost";
  }
}

TEST(KernelsTest, AnUnknownInstructionSetIsRefusedWithThoseThatExist) {
  try {
    MakeDevice("abacus");
    FAIL() << "accepted";
  } catch (const std::exception& error) {
    EXPECT_NE(std::string(error.what()).find("abacus"), std::string::npos);
  }
}

}  // namespace
}  // namespace kani::kernels
