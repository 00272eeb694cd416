#include "hub/cache.h"

#include <sys/stat.h>

#include "hub/remove.h"
#include "hub/testing.h"
#include "hub/verify.h"

namespace kani::hub {
namespace {

namespace fs = std::filesystem;

class CacheReaderTest : public CacheTest {
 protected:
  std::string warnings_;
  WarningSink warn_ = [this](std::string_view line) { warnings_ += std::string(line) + "\n"; };
  CachedRepo Repo() { return ReadRepo(cache_, kTiny, warn_).value(); }
  std::string States(const std::vector<VerifiedFile>& files) {
    std::string text;
    for (const VerifiedFile& file : files) {
      text += StrCat(file.path, "=", static_cast<int>(file.state), " ");
    }
    return text;
  }
};

TEST_F(CacheReaderTest, FindsABranchATagAndACommit) {
  AddCommit(kOldCommit, {{"config.json", "{}"}});
  SetRef("main", kOldCommit);
  SetRef("feat/x", kOldCommit + "\n");
  for (const std::string& revision : {std::string("main"), std::string("feat/x"), kOldCommit}) {
    const auto snapshot = FindSnapshot(cache_, kTiny, revision);
    ASSERT_TRUE(snapshot.has_value()) << revision;
    EXPECT_EQ(snapshot->commit, kOldCommit);
    EXPECT_EQ(snapshot->folder, repo_ / "snapshots" / kOldCommit);
    EXPECT_TRUE(HasFile(*snapshot, "config.json"));
    EXPECT_FALSE(HasFile(*snapshot, "model.safetensors"));
  }
  EXPECT_FALSE(FindSnapshot(cache_, kTiny, "v1").has_value());
  EXPECT_FALSE(FindSnapshot(cache_, kTiny, kNewCommit).has_value());
  EXPECT_FALSE(FindSnapshot(cache_, RepoId::Parse("acme/none")).has_value());
  EXPECT_FALSE(FindSnapshot(root_ / "nowhere", kTiny).has_value());
}

TEST_F(CacheReaderTest, AnEmptySnapshotOfAnInterruptedDownloadIsNone) {
  SetRef("main", kOldCommit);
  EXPECT_FALSE(FindSnapshot(cache_, kTiny).has_value());
  fs::create_directories(repo_ / "snapshots" / kOldCommit);
  EXPECT_FALSE(FindSnapshot(cache_, kTiny).has_value());
}

TEST_F(CacheReaderTest, ARefThatIsNoCommitNamesNothing) {
  for (const std::string& text :
       {std::string(), std::string("main"), std::string("../../x"), kOldCommit + "0",
        kOldCommit + "\n" + kOldCommit, std::string(1 << 20, 'a')}) {
    EXPECT_FALSE(ParseRef(text).has_value());
  }
  EXPECT_EQ(ParseRef(" " + kOldCommit + "\r\n"), kOldCommit);
  EXPECT_EQ(Failure([&] { FindSnapshot(cache_, kTiny, "../../x"); }).substr(0, 17),
            "invalid_argument:");
}

TEST_F(CacheReaderTest, ALinkToNothingIsNoFile) {
  SymLink(repo_ / "snapshots" / kOldCommit / "model.safetensors", "../../blobs/gone");
  SymLink(repo_ / "snapshots" / kOldCommit / "loop", "loop");
  fs::create_directories(repo_ / "snapshots" / kOldCommit / "folder");
  SetRef("main", kOldCommit);
  const auto snapshot = FindSnapshot(cache_, kTiny);
  ASSERT_TRUE(snapshot.has_value());
  for (const char* path : {"model.safetensors", "loop", "folder"}) {
    EXPECT_FALSE(HasFile(*snapshot, path)) << path;
  }
}

TEST_F(CacheReaderTest, TheSharedStoreOfChunksIsReadThroughTwoLinks) {
  const std::string bytes = "weights weights weights";
  const std::string etag = FileOf("m", bytes).etag;
  Write(cache_ / "blobs/ab/abcdef", bytes);
  SymLink(repo_ / "blobs" / etag, "../../blobs/ab/abcdef");
  SymLink(repo_ / "snapshots" / kOldCommit / "m", "../../blobs/" + etag);
  SetRef("main", kOldCommit);
  EXPECT_TRUE(HasFile(*FindSnapshot(cache_, kTiny), "m"));
  const CachedRepo repo = Repo();
  ASSERT_EQ(repo.commits.size(), 1u);
  EXPECT_EQ(repo.commits[0].files[0].etag, etag);
  EXPECT_EQ(repo.size_bytes, bytes.size());
  EXPECT_EQ(States(VerifyCommit(repo.commits[0])), "m=0 ");
  EXPECT_EQ(CachedIds(cache_), std::vector<RepoId>{kTiny});

  Remove(PlanRemoval(cache_, repo));
  EXPECT_FALSE(fs::exists(repo_));
  EXPECT_EQ(Read(cache_ / "blobs/ab/abcdef"), bytes);
}

TEST_F(CacheReaderTest, WhatCommitsShareIsCountedOnce) {
  AddCommit(kOldCommit, {{"config.json", "{}"}, {"sub/model", std::string(1000, 'm')}});
  AddCommit(kNewCommit, {{"config.json", "{1}"}, {"sub/model", std::string(1000, 'm')}});
  SetRef("main", kNewCommit);
  SetRef("v1", kOldCommit);
  SetRef("broken", "nothing");
  Write(repo_ / "blobs" / (std::string(64, 'c') + ".kani.incomplete"), "12345");
  const CachedRepo repo = Repo();
  ASSERT_EQ(repo.commits.size(), 2u);
  EXPECT_EQ(repo.commits[0].snapshot.commit, kOldCommit);
  EXPECT_EQ(repo.commits[0].refs, std::vector<std::string>{"v1"});
  EXPECT_EQ(repo.commits[0].size_bytes, 1002u);
  EXPECT_EQ(repo.commits[1].refs, std::vector<std::string>{"main"});
  EXPECT_EQ(repo.commits[1].files[1].path, "sub/model");
  EXPECT_EQ(repo.size_bytes, 1000u + 2 + 3 + 5);
  EXPECT_EQ(repo.partial_bytes, 5u);
  EXPECT_NE(warnings_.find("broken"), std::string::npos);
  EXPECT_EQ(ReadCache(cache_).size(), 1u);
}

TEST_F(CacheReaderTest, PlainFilesInsteadOfLinksCountToo) {
  Write(repo_ / "snapshots" / kOldCommit / "config.json", "{}");
  SetRef("main", kOldCommit);
  const CachedRepo repo = Repo();
  EXPECT_EQ(repo.size_bytes, 2u);
  EXPECT_FALSE(repo.commits[0].files[0].etag.has_value());
  EXPECT_EQ(States(VerifyCommit(repo.commits[0])), "config.json=3 ");
  EXPECT_EQ(States(VerifyCommit(repo.commits[0], {FileOf("config.json", "{}")})), "config.json=0 ");
}

TEST_F(CacheReaderTest, VerifyFindsWhatIsDamagedAndWhatIsMissing) {
  AddCommit(kOldCommit, {{"a", "aaaa"}, {"b", std::string(100, 'b')}, {"c", "cc"}});
  Write(repo_ / "blobs" / FileOf("b", std::string(100, 'b')).etag, std::string(99, 'b') + "x");
  fs::remove(repo_ / "blobs" / FileOf("c", "cc").etag);
  const CachedRepo repo = Repo();
  EXPECT_EQ(States(VerifyCommit(repo.commits[0])), "a=0 b=1 c=2 ");
  EXPECT_EQ(States(VerifyCommit(repo.commits[0], {FileOf("a", "aaaa"), FileOf("d", "d")})),
            "a=0 b=1 c=2 d=2 ");
  EXPECT_EQ(States(VerifyCommit(repo.commits[0], {FileOf("a", "other")})), "a=1 b=1 c=2 ");
}

TEST_F(CacheReaderTest, RemovingACommitFreesWhatNoOtherLinks) {
  AddCommit(kOldCommit, {{"config.json", "{}"}, {"model", std::string(1000, 'm')}});
  AddCommit(kNewCommit, {{"config.json", "{1}"}, {"model", std::string(1000, 'm')}});
  SetRef("main", kNewCommit);
  SetRef("v1", kOldCommit);
  Write(repo_ / "trees" / (kOldCommit + ".json"), "{}");
  const Removal removal = PlanRemoval(cache_, Repo(), {kOldCommit});
  EXPECT_FALSE(removal.whole_repo);
  EXPECT_EQ(removal.blobs, std::vector<std::string>{FileOf("", "{}").etag});
  EXPECT_EQ(removal.freed_bytes, 2u);
  Remove(removal);
  EXPECT_FALSE(FindSnapshot(cache_, kTiny, "v1").has_value());
  EXPECT_FALSE(fs::exists(repo_ / "trees" / (kOldCommit + ".json")));
  const CachedRepo left = Repo();
  ASSERT_EQ(left.commits.size(), 1u);
  EXPECT_EQ(States(VerifyCommit(left.commits[0])), "config.json=0 model=0 ");
  EXPECT_EQ(Failure([&] { PlanRemoval(cache_, left, {kOldCommit}); }).substr(0, 10), "not_found:");
}

TEST_F(CacheReaderTest, RemovingAllCommitsRemovesTheRepositoryAlone) {
  AddCommit(kOldCommit, {{"config.json", "{}"}});
  Write(cache_ / "models--acme--other" / "refs" / "main", kOldCommit);
  Write(root_ / "precious", "p");
  SymLink(repo_ / "snapshots" / kOldCommit / "link", (root_ / "precious").string());
  Remove(PlanRemoval(cache_, Repo(), {kOldCommit}));
  EXPECT_FALSE(fs::exists(repo_));
  EXPECT_TRUE(fs::exists(cache_ / "models--acme--other/refs/main"));
  EXPECT_EQ(Read(root_ / "precious"), "p");
}

TEST_F(CacheReaderTest, NothingIsRemovedThroughALink) {
  AddCommit(kOldCommit, {{"config.json", "{}"}});
  AddCommit(kNewCommit, {{"config.json", "{1}"}});
  fs::rename(repo_ / "blobs", root_ / "elsewhere");
  SymLink(repo_ / "blobs", (root_ / "elsewhere").string());
  const Removal removal = PlanRemoval(cache_, Repo(), {kOldCommit});
  EXPECT_NE(Failure([&] { Remove(removal); }).find("nothing is removed through links"),
            std::string::npos);
  EXPECT_EQ(Names(root_ / "elsewhere").size(), 2u);
}

TEST_F(CacheReaderTest, WhatIsNoRepositoryIsLeftAlone) {
  Write(cache_ / "CACHEDIR.TAG", "x");
  Write(cache_ / "models--file", "x");
  fs::create_directories(cache_ / "datasets--a--b");
  fs::create_directories(cache_ / "models--..--x");
  fs::create_directories(cache_ / "models--gpt2");
  EXPECT_EQ(CachedIds(cache_), std::vector<RepoId>{RepoId::Parse("gpt2")});
  EXPECT_TRUE(ReadRepo(cache_, RepoId::Parse("gpt2"))->commits.empty());
  EXPECT_TRUE(CachedIds(root_ / "nowhere").empty());
}

}  // namespace
}  // namespace kani::hub
