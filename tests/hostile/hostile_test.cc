// Every parser of foreign bytes against damaged copies of every file it could be given: cut at
// every byte of the first 64 KiB and at 200 places behind, and with bytes flipped. Each must give a
// kani::Error or a valid result, soon and in little memory. All damage is seeded, so a failure
// repeats. Run it under AddressSanitizer: what lies behind a cut is poisoned.
#include <fnmatch.h>
#include <gtest/gtest.h>
#include <sanitizer/asan_interface.h>
#include <sys/resource.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>

#include "base/random.h"
#include "tests/hostile/parsers.h"

namespace kani {

struct HostileCase {
  const HostileRow* row;
  std::string file;  ///< below the root of the repository
};

/// How GoogleTest names a case in its messages.
void PrintTo(const HostileCase& hostile, std::ostream* out) {
  *out << hostile.row->name << " of " << hostile.file;
}

namespace {

constexpr size_t kEveryCutBelowBytes = 64 << 10;
constexpr int kRandomCuts = 200;
constexpr int kFlips = 2000;
constexpr double kMaxSecondsPerParse = 5.0;  // under a sanitizer on a busy machine
constexpr int64_t kMaxResidentBytes = int64_t{1} << 30;

const std::filesystem::path& Root() {
  static const std::filesystem::path root = std::filesystem::path(KANI_TEST_DATA).parent_path();
  return root;
}

/// All goldens and seeds, sorted.
std::vector<std::string> AllFiles() {
  std::vector<std::string> files;
  for (const char* folder : {"tests/golden", "fuzz/seeds"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(Root() / folder)) {
      if (entry.is_regular_file()) files.push_back(entry.path().lexically_relative(Root()));
    }
  }
  std::ranges::sort(files);
  return files;
}

std::vector<HostileCase> Cases() {
  const std::vector<std::string> files = AllFiles();
  std::vector<HostileCase> cases;
  static const std::vector<HostileRow> table_rows = SoundTableRows();
  std::vector<const HostileRow*> rows;
  for (const HostileRow& row : HostileRows()) rows.push_back(&row);
  for (const HostileRow& row : table_rows) rows.push_back(&row);
  for (const HostileRow* row : rows) {
    for (const std::string& file : files) {
      const auto matches = [&](const std::string& pattern) {
        return ::fnmatch(pattern.c_str(), file.c_str(), 0) == 0;
      };
      if (std::ranges::any_of(row->patterns, matches)) cases.push_back({row, file});
    }
  }
  return cases;
}

/// The bytes of a file in an allocation of exactly their size, to be damaged in place.
class DamagedFile {
 public:
  explicit DamagedFile(const std::string& file) {
    std::ifstream stream(Root() / file, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(stream), {});
    const auto bytes = std::as_bytes(std::span(text));
    bytes_.assign(bytes.begin(), bytes.end());
    whole_bytes_ = bytes_.size();
  }
  ~DamagedFile() { ASAN_UNPOISON_MEMORY_REGION(bytes_.data(), bytes_.size()); }
  DamagedFile(const DamagedFile&) = delete;
  DamagedFile& operator=(const DamagedFile&) = delete;

  std::span<std::byte> bytes() { return std::span(bytes_).first(whole_bytes_); }
  /// Cuts the file to `size_bytes`, less than before; reading behind is an error from now on.
  void Cut(size_t size_bytes) {
    ASAN_POISON_MEMORY_REGION(bytes_.data() + size_bytes, whole_bytes_ - size_bytes);
    whole_bytes_ = size_bytes;
  }

 private:
  std::vector<std::byte> bytes_;
  size_t whole_bytes_ = 0;
};

/// Lengths to cut a file of `size_bytes` to, the longest first.
std::set<size_t, std::greater<>> Cuts(size_t size_bytes) {
  std::set<size_t, std::greater<>> cuts;
  for (size_t cut = 0; cut < std::min(size_bytes, kEveryCutBelowBytes); ++cut) cuts.insert(cut);
  const CounterRandom random(1);
  for (int i = 0; i < kRandomCuts && size_bytes > kEveryCutBelowBytes; ++i) {
    cuts.insert(kEveryCutBelowBytes + random.Bits(i) % (size_bytes - kEveryCutBelowBytes));
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

class HostileTest : public testing::TestWithParam<HostileCase> {
 protected:
  void TearDown() override {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    EXPECT_LT(usage.ru_maxrss * 1024, kMaxResidentBytes) << "peak memory of all parses so far";
  }
  /// Whether damaged bytes are accepted; `damage` says in messages what was done to them.
  static bool Parse(std::span<const std::byte> bytes, const std::function<std::string()>& damage) {
    const auto start = std::chrono::steady_clock::now();
    bool accepted = false;
    try {
      accepted = ParseHostile(bytes, GetParam().row->parse);
    } catch (const std::exception& error) {
      ADD_FAILURE() << damage() << ": " << error.what();
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    EXPECT_LT(seconds.count(), kMaxSecondsPerParse) << damage();
    return accepted;
  }
};

TEST_P(HostileTest, AcceptsTheUndamagedFile) {
  DamagedFile file(GetParam().file);
  EXPECT_NO_THROW(GetParam().row->parse(file.bytes()));
}

TEST_P(HostileTest, SurvivesEveryCut) {
  DamagedFile file(GetParam().file);
  for (const size_t cut : Cuts(file.bytes().size())) {
    file.Cut(cut);
    Parse(file.bytes(), [&] { return StrCat("cut to ", cut, " bytes"); });
  }
}

TEST_P(HostileTest, SurvivesFlippedBytes) {
  DamagedFile file(GetParam().file);
  const std::span<std::byte> bytes = file.bytes();
  const CounterRandom random(2);
  int accepted = 0;
  for (int flip = 0; flip < kFlips; ++flip) {
    const auto draw = [&](int what) { return random.Bits(4 * static_cast<uint64_t>(flip) + what); };
    const size_t at = DamagedByte(bytes.size(), draw(0), draw(1));
    const std::byte original = bytes[at];
    bytes[at] ^= static_cast<std::byte>(draw(2) % 2 == 0 ? 1u << draw(3) % 8 : 1 + draw(3) % 255);
    accepted += Parse(bytes, [&] {
      return StrCat("byte ", at, " changed to ", std::to_integer<int>(bytes[at]));
    });
    bytes[at] = original;
  }
  const double noticed = 1.0 - static_cast<double>(accepted) / kFlips;
  RecordProperty("noticed", StrCat(noticed));
  EXPECT_GE(noticed, GetParam().row->min_noticed);
}

INSTANTIATE_TEST_SUITE_P(Parsers, HostileTest, testing::ValuesIn(Cases()), [](const auto& info) {
  std::string name = StrCat(info.param.row->name, "_", info.param.file);
  std::ranges::replace_if(
      name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

TEST(HostileTableTest, EveryGoldenIsGivenToAParser) {
  std::set<std::string> given;
  for (const HostileCase& hostile : Cases()) given.insert(hostile.file);
  for (const std::string& file : AllFiles()) {
    // Seeds of texts are for the fuzz targets alone.
    const bool is_read = !file.starts_with("fuzz/") && !file.ends_with(".md");
    EXPECT_TRUE(!is_read || given.contains(file)) << file;
  }
}

}  // namespace
}  // namespace kani
