// What a pull does to a cache where every byte is here already; what it asks of a hub is seen in
// tests/hub.
#include "hub/pull.h"

#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "hub/problem.h"
#include "hub/testing.h"

namespace kani::hub {
namespace {

namespace fs = std::filesystem;

class PullTest : public CacheTest {
 protected:
  PullTest() {
    settings_.cache = cache_;
    settings_.endpoint = "http://127.0.0.1:1";  // nobody answers there
    settings_.max_retries = 0;
  }
  /// A plan to bring files whose blobs lie here.
  PullPlan PlanOf(const std::vector<std::pair<std::string, std::string>>& files) {
    PullPlan plan{.repo = {kTiny}};
    plan.info.commit = kNewCommit;
    plan.folder = repo_ / "snapshots" / kNewCommit;
    for (const auto& [path, bytes] : files) {
      plan.files.push_back({.file = FileOf(path, bytes), .present = true});
    }
    return plan;
  }
  Settings settings_;
};

TEST_F(PullTest, ANewCommitLinksWhatAnOldOneBrought) {
  AddCommit(kOldCommit, {{"a", "one"}, {"model", std::string(100, 'm')}});
  SetRef("main", kOldCommit);
  const PullPlan plan = PlanOf({{"a", "one"}, {"sub/model", std::string(100, 'm')}});
  const PullResult result = RunPull(settings_, plan, {});
  EXPECT_EQ(result.downloaded_files, 0);
  EXPECT_EQ(Read(result.folder / "sub/model"), std::string(100, 'm'));
  EXPECT_EQ(Read(repo_ / "refs/main"), kNewCommit);
}

TEST_F(PullTest, ACommitGetsNoRef) {
  AddCommit(kOldCommit, {{"a", "one"}});
  PullPlan plan = PlanOf({{"a", "one"}});
  plan.repo.revision = kNewCommit;
  RunPull(settings_, plan, {});
  EXPECT_FALSE(fs::exists(repo_ / "refs"));
}

TEST_F(PullTest, WithoutLinksFilesAreCopiedFromAnotherCommit) {
  Write(repo_ / "snapshots" / kOldCommit / "model", std::string(100, 'm'));
  settings_.symlinks = false;
  RunPull(settings_, PlanOf({{"model", std::string(100, 'm')}, {"same", std::string(100, 'm')}}),
          {});
  for (const char* path : {"model", "same"}) {
    EXPECT_FALSE(fs::is_symlink(repo_ / "snapshots" / kNewCommit / path));
    EXPECT_EQ(Read(repo_ / "snapshots" / kNewCommit / path), std::string(100, 'm'));
  }
  EXPECT_TRUE(fs::is_empty(repo_ / "blobs"));
}

TEST_F(PullTest, TheRefIsWrittenLast) {
  PullPlan plan = PlanOf({{"a", "one"}});
  plan.files[0].present = false;
  plan.missing_bytes = 3;
  plan.free_bytes = 1000;
  const std::string failure = Failure([&] { RunPull(settings_, plan, {}); });
  EXPECT_NE(failure.find("network: cannot reach 127.0.0.1"), std::string::npos) << failure;
  EXPECT_FALSE(fs::exists(repo_ / "refs"));
}

TEST_F(PullTest, AFullDiskIsSaidBeforeTheFirstByte) {
  PullPlan plan = PlanOf({{"a", "one"}});
  plan.missing_bytes = 1000;
  plan.free_bytes = 1049;
  EXPECT_NE(
      Failure([&] { RunPull(settings_, plan, {}); }).find("1050 bytes are needed, 1049 are free"),
      std::string::npos);
  EXPECT_FALSE(fs::exists(repo_));
}

TEST_F(PullTest, ACompletePlanTouchesNothing) {
  PullPlan plan = PlanOf({});
  plan.complete = true;
  EXPECT_EQ(RunPull(settings_, plan, {}).folder, plan.folder);
  EXPECT_FALSE(fs::exists(cache_));
}

TEST_F(PullTest, OfflineNothingIsAsked) {
  settings_.offline = true;
  try {
    PlanPull(settings_, {{kTiny}}, {});
    FAIL();
  } catch (const HubError& error) {
    EXPECT_EQ(error.problem(), Problem::kOffline);
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  }
}

TEST_F(PullTest, HooksAreCalledByTheCallerAndCanStopIt) {
  settings_.max_retries = 5;
  settings_.retry_unit_ms = 60'000;
  const auto caller = std::this_thread::get_id();
  std::string waiting;
  PullHooks hooks;
  hooks.progress = [&](const PullProgress& progress) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    if (!progress.waiting.empty()) waiting = progress.waiting;
  };
  hooks.cancelled = [&] { return !waiting.empty(); };
  EXPECT_EQ(Failure([&] { PlanPull(settings_, {{kTiny}}, hooks); }), "cancelled: interrupted");
  EXPECT_NE(waiting.find("cannot reach 127.0.0.1"), std::string::npos);
}

TEST_F(PullTest, AnEndpointThatIsNoAddressIsSaid) {
  for (const char* endpoint : {"http://[", "https://user:secret@hub.example"}) {
    settings_.endpoint = endpoint;
    const std::string failure = Failure([&] { PlanPull(settings_, {{kTiny}}, {}); });
    EXPECT_NE(failure.find("the endpoint"), std::string::npos) << failure;
    EXPECT_EQ(failure.find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace kani::hub
