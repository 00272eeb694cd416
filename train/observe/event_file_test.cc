#include "train/observe/event_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iomanip>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "base/atomic_file.h"
#include "tests/training/official_python.h"
#include "train/data/testing.h"

namespace kani::train {
namespace {

namespace fs = std::filesystem;

class EventFileTest : public testing::Test {
 protected:
  /// Names of the files in the order in which TensorBoard reads them.
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(events_))
      names.push_back(entry.path().filename());
    std::ranges::sort(names);
    return names;
  }
  static std::string Hex(std::string_view bytes) {
    std::ostringstream out;
    for (const unsigned char byte : bytes) {
      out << std::hex << std::setfill('0') << std::setw(2) << int{byte};
    }
    return std::move(out).str();
  }
  EventFile Start(int64_t done_steps, double now_s = 1500000000.5) const {
    return EventFile(events_, done_steps, {}, [now_s] { return now_s; });
  }

  TestFolder folder_;
  const fs::path events_ = folder_ / "run/tensorboard";
};

TEST(Crc32cTest, GivesTheCheckValuesOfItsStandard) {
  EXPECT_EQ(Crc32c(""), 0u);
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8A9136AAu);  // RFC 3720, B.4
}

TEST_F(EventFileTest, WritesTheBytesOfTensorBoard) {
  Start(300).Add({301, {{"loss", 2.5}, {"held_out_loss/text", -0.1}}});
  ASSERT_EQ(Names(), (std::vector<std::string>{"events.out.tfevents.1500000000.kani-train"}));
  // The same three events by tensorboard 2.21.0: event_pb2 through summary.writer.RecordWriter.
  EXPECT_EQ(Hex(ReadTextFile(events_ / Names()[0], 1 << 20)),
            "1800000000000000a37f4b2209000020c00b5ad6411a0d627261696e2e4576656e743a320be205f7"
            "100000000000000095fbfe1809000020c00b5ad64110ad023a0208016a2056cf"
            "36000000000000004f578cef09000020c00b5ad64110ad022a280a0b0a046c6f7373150000204"
            "00a190a1268656c645f6f75745f6c6f73732f7465787415cdccccbd6b754399");
}

TEST_F(EventFileTest, EveryStartHasAFileThatSortsLastWhateverTheClockSays) {
  for (const double now_s : {1500000000.9, 1500000000.1, 900.0, 1600000000.0}) Start(0, now_s);
  EXPECT_EQ(Names(), (std::vector<std::string>{"events.out.tfevents.1500000000.kani-train",
                                               "events.out.tfevents.1500000001.kani-train",
                                               "events.out.tfevents.1500000002.kani-train",
                                               "events.out.tfevents.1600000000.kani-train"}));
}

TEST_F(EventFileTest, AFolderThatCannotBeMadeIsAnError) {
  std::ofstream(folder_ / "run") << "a file";
  EXPECT_THROW(Start(0), Error);
}

constexpr std::string_view kScript = R"(
import json, sys
try:
    import tensorboard
    from tensorboard.backend.event_processing import event_accumulator, plugin_event_accumulator
except ImportError as error:
    print(error)
    sys.exit(77)
found = {"version": tensorboard.__version__}
reader = event_accumulator.EventAccumulator(sys.argv[1], {"scalars": 0})
reader.Reload()
found["scalars"] = {tag: [[e.step, e.value] for e in reader.Scalars(tag)]
                    for tag in reader.Tags()["scalars"]}
reader = plugin_event_accumulator.EventAccumulator(sys.argv[1], {"tensors": 0})
reader.Reload()
found["tensors"] = {tag: [[e.step, e.tensor_proto.float_val[0]] for e in reader.Tensors(tag)]
                    for tag in reader.Tags()["tensors"]}
json.dump(found, open(sys.argv[2], "w"))
)";

using TensorBoardTest = OfficialPythonTest<EventFileTest>;

TEST_F(TensorBoardTest, ReadsWhatWeWriteAlsoAcrossAKilledStart) {
  {
    EventFile killed = Start(0);
    for (int64_t step = 1; step <= 300; ++step) {
      Metrics metrics{step, {{"loss", 1.0 / static_cast<double>(step)}}};
      if (step % 100 == 0) metrics.values.emplace_back("held_out_loss/text", 0.5);
      killed.Add(metrics);
    }
  }
  const fs::path torn = events_ / Names()[0];
  fs::resize_file(torn, fs::file_size(torn) - 5);
  EventFile resumed = Start(250);
  resumed.Add({251, {{"loss", -1}}});
  resumed.Add({252, {{"loss", 0}, {"nats/voice", 1e-3}}});

  std::ofstream(folder_ / "read.py") << kScript;
  RunPython({folder_ / "read.py", events_, folder_ / "found.json"});
  if (IsSkipped() || HasFatalFailure()) return;
  const auto found = nlohmann::json::parse(ReadTextFile(folder_ / "found.json", 1 << 20));
  RecordProperty("version", found["version"].get<std::string>());
  nlohmann::json expected = {{"held_out_loss/text", {{100, 0.5}, {200, 0.5}}},
                             {"nats/voice", {{252, 1e-3f}}}};
  for (int64_t step = 1; step <= 250; ++step) {
    expected["loss"].push_back({step, static_cast<float>(1.0 / static_cast<double>(step))});
  }
  expected["loss"].push_back({251, -1.0});
  expected["loss"].push_back({252, 0.0});
  for (const char* reader : {"scalars", "tensors"}) EXPECT_EQ(found[reader], expected) << reader;
}

}  // namespace
}  // namespace kani::train
