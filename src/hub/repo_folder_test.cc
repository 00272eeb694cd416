#include "hub/repo_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "hub/testing.h"

namespace kani::hub {
namespace {

namespace fs = std::filesystem;

class RepoFolderTest : public CacheTest {
 protected:
  RepoFolder Open() const { return RepoFolder(cache_, kTiny); }
  void Fill(const PartialBlob& partial, const std::string& bytes) const {
    ASSERT_EQ(::pwrite(partial.file.get(), bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
  }
  const std::string etag_ = std::string(64, 'e');
  fs::path Blob(const std::string& end = "") const { return repo_ / "blobs" / (etag_ + end); }
};

TEST_F(RepoFolderTest, ABlobAppearsWholeAndIsLinkedAsPythonLinks) {
  const RepoFolder folder = Open();
  PartialBlob partial = folder.OpenPartial(etag_, 5, true);
  EXPECT_EQ(partial.size_bytes, 0u);
  Fill(partial, "hello");
  EXPECT_FALSE(fs::exists(Blob()));
  folder.Publish(partial, etag_);
  EXPECT_TRUE(folder.HasBlob(etag_, 5));
  EXPECT_FALSE(folder.HasBlob(etag_, 4));
  folder.Link(kOldCommit, "config.json", etag_, 5, false);
  folder.Link(kOldCommit, "a/b c/d", etag_, 5, false);
  const fs::path snapshot = repo_ / "snapshots" / kOldCommit;
  EXPECT_EQ(fs::read_symlink(snapshot / "config.json"), "../../blobs/" + etag_);
  EXPECT_EQ(fs::read_symlink(snapshot / "a/b c/d"), "../../../../blobs/" + etag_);
  EXPECT_EQ(Read(snapshot / "a/b c/d"), "hello");
  EXPECT_EQ(Names(repo_ / "blobs"), std::vector<std::string>{etag_});
}

TEST_F(RepoFolderTest, ARefHasNoLineEndAndLeavesNothingBeside) {
  const RepoFolder folder = Open();
  folder.WriteRef("feat/x", kOldCommit);
  folder.WriteRef("main", kOldCommit);
  folder.WriteRef("main", kNewCommit);
  EXPECT_EQ(Read(repo_ / "refs/main"), kNewCommit);
  EXPECT_EQ(Read(repo_ / "refs/feat/x"), kOldCommit);
  EXPECT_EQ(Names(repo_ / "refs"), (std::vector<std::string>{"feat", "feat/x", "main"}));
  EXPECT_TRUE(fs::is_empty(repo_ / "blobs"));
}

TEST_F(RepoFolderTest, APartialGoesOnWhereItWas) {
  const RepoFolder folder = Open();
  Write(Blob(".kani.incomplete"), "hel");
  EXPECT_EQ(folder.OpenPartial(etag_, 5, true).size_bytes, 3u);
  EXPECT_EQ(folder.OpenPartial(etag_, 2, true).size_bytes, 0u) << "longer than the file";
  EXPECT_EQ(fs::file_size(Blob(".kani.incomplete")), 0u);
}

TEST_F(RepoFolderTest, APartialOfAnOldPythonToolIsAdoptedUnderItsLockOnly) {
  const RepoFolder folder = Open();
  Write(Blob(".incomplete"), "hel");
  const PartialBlob own = folder.OpenPartial(etag_, 5, false);
  EXPECT_EQ(own.size_bytes, 0u);
  EXPECT_NE(own.name.find(StrCat(::getpid())), std::string::npos);
  EXPECT_TRUE(fs::exists(Blob(".incomplete")));
  EXPECT_EQ(folder.OpenPartial(etag_, 5, true).size_bytes, 3u);
  EXPECT_FALSE(fs::exists(Blob(".incomplete")));
}

TEST_F(RepoFolderTest, NothingIsWrittenThroughALinkOrIntoAnotherName) {
  const RepoFolder folder = Open();
  Write(root_ / "precious", "precious");
  SymLink(Blob(".kani.incomplete"), (root_ / "precious").string());
  PartialBlob partial = folder.OpenPartial(etag_, 5, true);
  Fill(partial, "hello");
  EXPECT_EQ(Read(root_ / "precious"), "precious");
  fs::remove(Blob(".kani.incomplete"));
  fs::create_hard_link(root_ / "precious", Blob(".kani.incomplete"));
  partial = folder.OpenPartial(etag_, 8, true);
  Fill(partial, "hello");
  EXPECT_EQ(Read(root_ / "precious"), "precious");
  // A blob that is a link is replaced, not written.
  SymLink(Blob(), (root_ / "precious").string());
  folder.Publish(partial, etag_);
  EXPECT_FALSE(fs::is_symlink(Blob()));
  EXPECT_EQ(Read(root_ / "precious"), "precious");
}

TEST_F(RepoFolderTest, APipeInPlaceOfAPartialIsPutAway) {
  const RepoFolder folder = Open();
  ASSERT_EQ(::mkfifo(Blob(".kani.incomplete").c_str(), 0600), 0);
  const PartialBlob partial = folder.OpenPartial(etag_, 5, true);
  Fill(partial, "hello");
}

TEST_F(RepoFolderTest, FoldersThatAreLinksAreRefused) {
  fs::create_directories(root_ / "elsewhere");
  for (const char* name : {"blobs", "snapshots"}) {
    fs::create_directories(repo_);
    SymLink(repo_ / name, (root_ / "elsewhere").string());
    EXPECT_NE(Failure([&] { Open(); }).find("nothing is written through links"), std::string::npos);
    fs::remove(repo_ / name);
  }
  const RepoFolder folder = Open();
  SymLink(repo_ / "snapshots" / kOldCommit, (root_ / "elsewhere").string());
  EXPECT_EQ(Failure([&] { folder.Link(kOldCommit, "a", etag_, 1, false); }).substr(0, 3), "io:");
  SymLink(repo_ / "refs", (root_ / "elsewhere").string());
  EXPECT_EQ(Failure([&] { folder.WriteRef("main", kOldCommit); }).substr(0, 3), "io:");
  EXPECT_TRUE(fs::is_empty(root_ / "elsewhere"));
}

TEST_F(RepoFolderTest, AGoodFileStaysAndABrokenLinkIsReplaced) {
  const RepoFolder folder = Open();
  const fs::path snapshot = repo_ / "snapshots" / kOldCommit;
  Write(Blob(), "hello");
  Write(snapshot / "plain", "HELLO");
  SymLink(snapshot / "broken", "../../blobs/gone");
  Write(snapshot / "short", "hel");
  for (const char* path : {"plain", "broken", "short"})
    folder.Link(kOldCommit, path, etag_, 5, false);
  EXPECT_EQ(Read(snapshot / "plain"), "HELLO");
  EXPECT_EQ(Read(snapshot / "broken"), "hello");
  EXPECT_EQ(Read(snapshot / "short"), "hello");
  folder.Link(kOldCommit, "plain", etag_, 5, true);
  EXPECT_EQ(Read(snapshot / "plain"), "hello");
  EXPECT_EQ(Names(repo_ / "blobs"), std::vector<std::string>{etag_});
}

TEST_F(RepoFolderTest, APartialThatVanishedIsNotFound) {
  const RepoFolder folder = Open();
  const PartialBlob partial = folder.OpenPartial(etag_, 5, true);
  fs::remove(Blob(".kani.incomplete"));
  EXPECT_EQ(Failure([&] { folder.Publish(partial, etag_); }).substr(0, 10), "not_found:");
}

TEST_F(RepoFolderTest, CopiesAreOneFileWhereThatIsPossible) {
  const RepoFolder folder = Open();
  Write(Blob(), "hello");
  folder.Copy(Blob(), kOldCommit, "a/b");
  folder.Copy(Blob(), kOldCommit, "a/b");
  EXPECT_EQ(Read(repo_ / "snapshots" / kOldCommit / "a/b"), "hello");
  EXPECT_EQ(fs::hard_link_count(Blob()), 2u);
  EXPECT_EQ(Names(repo_ / "blobs"), std::vector<std::string>{etag_});
}

TEST_F(RepoFolderTest, ALockKeepsOthersWaitingAsPythonsDoes) {
  const RepoFolder folder = Open();
  const fs::path file = cache_ / ".locks/models--acme--tiny" / (etag_ + ".lock");
  int asked = 0;
  {
    const BlobLock lock = folder.Lock(etag_, [] {});
    EXPECT_TRUE(lock.exclusive());
    const int other = ::open(file.c_str(), O_RDWR);
    EXPECT_NE(::flock(other, LOCK_EX | LOCK_NB), 0);
    ::close(other);
    EXPECT_EQ(Failure([&] {
                folder.Lock(etag_, [&] {
                  if (++asked == 2) Fail(ErrorCode::kCancelled, "interrupted");
                });
              }),
              "cancelled: interrupted");
  }
  EXPECT_EQ(fs::file_size(file), 0u);
  EXPECT_TRUE(folder.Lock(etag_, [&] { ++asked; }).exclusive());
  EXPECT_EQ(asked, 2);
}

TEST_F(RepoFolderTest, ACacheThatCannotBeWrittenIsNamed) {
  Write(root_ / "file", "");
  EXPECT_NE(Failure([&] { RepoFolder(root_ / "file", kTiny); }).find((root_ / "file").string()),
            std::string::npos);
}

}  // namespace
}  // namespace kani::hub
