#include "train/checkpoint/checkpoint.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "base/atomic_file.h"
#include "base/error.h"
#include "train/checkpoint/writer.h"

namespace kani::train {
namespace {

namespace fs = std::filesystem;

class CheckpointTest : public testing::Test {
 protected:
  CheckpointTest() { fs::remove_all(run_); }
  ~CheckpointTest() override { fs::remove_all(run_); }

  static Snapshot At(int64_t step, size_t size = 3) {
    const std::vector<float> values(size, static_cast<float>(step));
    const Shape shape = {static_cast<int64_t>(size)};
    return {step,
            {formats::FloatTensor("weight", shape, values)},
            {formats::FloatTensor("moment", shape, values)},
            {{"config.json", "{}"}}};
  }

  std::set<std::string> Names() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(run_)) names.insert(entry.path().filename());
    return names;
  }

  fs::path run_ = fs::path(testing::TempDir()) / "kani_checkpoint_test";
};

TEST_F(CheckpointTest, KeepsTheNewestAndEveryNthStep) {
  for (const int64_t step : {10, 20, 30, 40, 50}) WriteCheckpoint(run_, At(step), {2, 20});
  EXPECT_EQ(Names(), (std::set<std::string>{"latest", "step-000000020", "step-000000040",
                                            "step-000000050"}));
  EXPECT_EQ(fs::read_symlink(run_ / "latest"), "step-000000050");
  EXPECT_EQ(LatestCheckpoint(run_), run_ / "step-000000050");
  EXPECT_EQ(CheckpointStep(LatestCheckpoint(run_)), 50);
  EXPECT_EQ(CheckpointStep(run_ / "step-000000050.unfinished"), -1);
  EXPECT_EQ(CheckpointStep(""), -1);
}

TEST_F(CheckpointTest, HoldsWhatTheSnapshotHeld) {
  const fs::path folder = WriteCheckpoint(run_, At(7), {});
  EXPECT_EQ(formats::OpenSafetensors(folder / "model.safetensors")->Find("weight")->Floats(),
            std::vector<float>(3, 7.0f));
  EXPECT_EQ(formats::OpenSafetensors(folder / "state.safetensors")->Find("moment")->Floats(),
            std::vector<float>(3, 7.0f));
  EXPECT_EQ(ReadTextFile(folder / "config.json", 100), "{}");
}

TEST_F(CheckpointTest, WhatAKilledWriteLeftIsNoCheckpointAndGoesAway) {
  EXPECT_EQ(LatestCheckpoint(run_), "");
  WriteCheckpoint(run_, At(1), {});
  fs::create_directories(run_ / "step-000000002.unfinished");
  std::ofstream(run_ / "step-000000002.unfinished" / "model.safetensors") << "half";
  EXPECT_EQ(LatestCheckpoint(run_), run_ / "step-000000001");
  WriteCheckpoint(run_, At(3), {});
  EXPECT_EQ(Names(), (std::set<std::string>{"latest", "step-000000001", "step-000000003"}));
}

TEST_F(CheckpointTest, TheSameStepAgainReplacesTheOldOne) {
  WriteCheckpoint(run_, At(1), {});
  WriteCheckpoint(run_, At(1, 5), {});
  EXPECT_EQ(formats::OpenSafetensors(run_ / "step-000000001" / "model.safetensors")
                ->Find("weight")
                ->Floats()
                .size(),
            5u);
  EXPECT_EQ(Names(), (std::set<std::string>{"latest", "step-000000001"}));
}

TEST_F(CheckpointTest, AFullDiskLosesNothing) {
  WriteCheckpoint(run_, At(1), {});
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {4096, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(WriteCheckpoint(run_, At(2, 100000), {}), Error);
  CheckpointWriter writer(run_, {});
  writer.Write(At(3, 100000));
  EXPECT_THROW(writer.Wait(), Error);
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(Names(), (std::set<std::string>{"latest", "step-000000001"}));
  writer.Write(At(4));
  writer.Wait();
  EXPECT_EQ(LatestCheckpoint(run_), run_ / "step-000000004");
}

}  // namespace
}  // namespace kani::train
