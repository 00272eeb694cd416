// Every parser of foreign bytes against damaged copies of its goldens: cut short, and with bytes
// flipped. Each must give a kani::Error or a valid result, soon and in little memory. The flips are
// seeded, so a failure repeats. Run it under AddressSanitizer: a copy is exactly as large as its
// bytes.
#include <glob.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <set>

#include "base/random.h"
#include "hostile/parsers.h"

namespace kani {

/// How GoogleTest names a row in its messages.
void PrintTo(const HostileRow& row, std::ostream* out) { *out << row.name; }

namespace {

constexpr size_t kEveryCutBelowBytes = 512;
constexpr size_t kCutsBelowBytes = 64 << 10;
constexpr int kRandomCuts = 200;
constexpr double kMaxSecondsPerParse = 5.0;  // under a sanitizer on a busy machine
constexpr int64_t kMaxResidentBytes = int64_t{1} << 30;

std::vector<std::string> MatchingFiles(const std::vector<std::string>& patterns) {
  std::vector<std::string> files;
  for (const std::string& pattern : patterns) {
    glob_t found{};
    const std::string path = StrCat(KANI_TEST_DATA, "/golden/", pattern);
    EXPECT_EQ(::glob(path.c_str(), 0, nullptr, &found), 0) << path;
    files.insert(files.end(), found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
  }
  return files;
}

std::vector<std::byte> ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

/// Parses an own copy of the bytes, so that a read past the end is a read past an allocation.
bool ParseCopy(const HostileRow& row, std::span<const std::byte> bytes) {
  const std::vector<std::byte> copy(bytes.begin(), bytes.end());
  const auto start = std::chrono::steady_clock::now();
  const bool accepted = ParseHostile(copy, row.parse);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  EXPECT_LT(seconds.count(), kMaxSecondsPerParse);
  return accepted;
}

/// Lengths to cut a file of `size_bytes` to.
std::set<size_t> Cuts(const HostileRow& row, size_t size_bytes, const CounterRandom& random) {
  std::set<size_t> cuts;
  for (size_t cut = 0; cut < std::min(size_bytes, kCutsBelowBytes);
       cut += cut < kEveryCutBelowBytes ? 1 : row.truncation_stride) {
    cuts.insert(cut);
  }
  for (int i = 0; i < kRandomCuts && size_bytes > kCutsBelowBytes; ++i) {
    cuts.insert(kCutsBelowBytes + random.Bits(i) % (size_bytes - kCutsBelowBytes));
  }
  return cuts;
}

/// Where to damage: formats keep their structure at the start and the end, payload fills the rest.
size_t DamagedByte(size_t size_bytes, uint32_t where, uint32_t offset) {
  constexpr size_t kStructureBytes = 4096;
  if (size_bytes <= 2 * kStructureBytes || where % 3 == 0) return offset % size_bytes;
  const size_t near = offset % kStructureBytes;
  return where % 3 == 1 ? near : size_bytes - 1 - near;
}

class HostileTest : public testing::TestWithParam<HostileRow> {
 protected:
  void TearDown() override {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    EXPECT_LT(usage.ru_maxrss * 1024, kMaxResidentBytes) << "peak memory of all parses so far";
  }
};

TEST_P(HostileTest, AcceptsTheUndamagedFiles) {
  for (const std::string& file : MatchingFiles(GetParam().goldens)) {
    EXPECT_NO_THROW(GetParam().parse(ReadAll(file))) << file;
  }
}

TEST_P(HostileTest, SurvivesEveryCut) {
  const CounterRandom random(1);
  for (const std::string& file : MatchingFiles(GetParam().goldens)) {
    const std::vector<std::byte> bytes = ReadAll(file);
    for (size_t cut : Cuts(GetParam(), bytes.size(), random)) {
      SCOPED_TRACE(StrCat(file, " cut to ", cut, " bytes"));
      ParseCopy(GetParam(), std::span(bytes).first(cut));
    }
  }
}

TEST_P(HostileTest, SurvivesFlippedBytes) {
  const CounterRandom random(2);
  for (const std::string& file : MatchingFiles(GetParam().goldens)) {
    std::vector<std::byte> bytes = ReadAll(file);
    int accepted = 0;
    for (int flip = 0; flip < GetParam().flips; ++flip) {
      const auto draw = [&](int what) {
        return random.Bits(4 * static_cast<uint64_t>(flip) + what);
      };
      const size_t at = DamagedByte(bytes.size(), draw(0), draw(1));
      const std::byte original = bytes[at];
      const auto difference =
          static_cast<std::byte>(draw(2) % 2 == 0 ? 1u << draw(3) % 8 : 1 + draw(3) % 255);
      bytes[at] ^= difference;
      SCOPED_TRACE(StrCat(file, " with byte ", at, " changed to ", static_cast<int>(bytes[at])));
      accepted += ParseCopy(GetParam(), bytes);
      bytes[at] = original;
    }
    EXPECT_LT(accepted, GetParam().flips) << file << ": no damage was ever noticed";
  }
}

INSTANTIATE_TEST_SUITE_P(Parsers, HostileTest, testing::ValuesIn(HostileRows()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace kani
