#include "hub/repo_id.h"

#include <gtest/gtest.h>

#include "base/testing.h"

namespace kani::hub {
namespace {

TEST(RepoIdTest, AcceptsWhatAHubAccepts) {
  for (const char* text :
       {"gpt2", "acme/tiny", "A_b.c-1/x.y_z", "nvidia/nemo-nano-codec-22khz-0.6kbps-12.5fps"}) {
    EXPECT_EQ(RepoId::Parse(text).text(), text);
  }
  EXPECT_EQ(RepoId::Parse("acme/" + std::string(96, 'x')).name().size(), 96u);
}

TEST(RepoIdTest, RefusesWhatWouldBeAnotherPathOrAddress) {
  for (const std::string& text :
       {std::string(),          std::string("/"),        std::string("a/"),
        std::string("/a"),      std::string("a/b/c"),    std::string(".."),
        std::string("a/.."),    std::string("../a"),     std::string("a..b"),
        std::string("a--b"),    std::string("-a"),       std::string("a-"),
        std::string(".a"),      std::string("a."),       std::string("a b"),
        std::string("a\\b"),    std::string("a?b"),      std::string("a%2fb"),
        std::string("a.git"),   std::string("\xC3\xA4"), std::string("a\nb"),
        std::string("a\0b", 3), std::string(97, 'x'),    "a/" + std::string(97, 'x')}) {
    EXPECT_NE(Failure([&] { RepoId::Parse(text); }).find("invalid_argument: repository"),
              std::string::npos)
        << text;
  }
}

TEST(RepoIdTest, FolderAndBack) {
  for (const char* text : {"gpt2", "acme/tiny", "a-b/c-d"}) {
    const RepoId id = RepoId::Parse(text);
    EXPECT_EQ(RepoId::FromFolder(id.Folder()), id);
  }
  EXPECT_EQ(RepoId::Parse("acme/tiny").Folder(), "models--acme--tiny");
  EXPECT_EQ(RepoId::Parse("acme/tiny").name(), "tiny");
  EXPECT_EQ(RepoId::Parse("tiny").name(), "tiny");
  for (const char* folder : {"", "models--", "models----", "datasets--a--b", "models--a--b--c",
                             "models--..--a", "blobs", ".locks"}) {
    EXPECT_FALSE(RepoId::FromFolder(folder).has_value()) << folder;
  }
}

TEST(RepoIdTest, ARevisionFollowsAnAt) {
  const RepoName plain = ParseRepoName("acme/tiny");
  EXPECT_EQ(plain.revision, "main");
  const RepoName pinned = ParseRepoName("acme/tiny@refs/pr/1");
  EXPECT_EQ(pinned.id.text(), "acme/tiny");
  EXPECT_EQ(pinned.revision, "refs/pr/1");
  EXPECT_THROW(ParseRepoName("acme/tiny@"), Error);
  EXPECT_THROW(ParseRepoName("@main"), Error);
}

TEST(RepoIdTest, ARevisionCannotLeaveTheFolderOfRefs) {
  for (const char* good :
       {"main", "v1.0", "feat/x", "refs/pr/1", "a-b_c", "r\xC3\xA9sum\xC3\xA9"}) {
    EXPECT_NO_THROW(CheckRevision(good)) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("/a"), std::string("a/"), std::string("a//b"), std::string(".."),
        std::string("../a"), std::string("a/../b"), std::string("a..b"), std::string("./a"),
        std::string(".hidden"), std::string("a b"), std::string("a\\b"), std::string("a:b"),
        std::string("a\n"), std::string("a\0", 2), std::string("a*"), std::string(201, 'a')}) {
    EXPECT_THROW(CheckRevision(bad), Error) << bad;
  }
}

TEST(RepoIdTest, ACommitIsFortyLowerCaseDigits) {
  EXPECT_TRUE(IsCommit("0123456789abcdef0123456789abcdef01234567"));
  EXPECT_FALSE(IsCommit("0123456789ABCDEF0123456789abcdef01234567"));
  EXPECT_FALSE(IsCommit("0123456789abcdef0123456789abcdef0123456"));
  EXPECT_FALSE(IsCommit("main"));
}

}  // namespace
}  // namespace kani::hub
