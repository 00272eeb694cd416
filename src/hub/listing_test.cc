#include "hub/listing.h"

#include <gtest/gtest.h>

#include "base/testing.h"
#include "hub/problem.h"

namespace kani::hub {
namespace {

const std::string kSha = "0123456789abcdef0123456789abcdef01234567";
const std::string kSha256(64, 'e');

/// The problem that a call reports, -1 for none.
template <typename Call>
int ProblemOf(Call call) {
  try {
    call();
    return -1;
  } catch (const HubError& error) {
    return static_cast<int>(error.problem());
  }
}
constexpr int kNotAHub = static_cast<int>(Problem::kNotAHub);
constexpr int kHostile = static_cast<int>(Problem::kHostile);

TEST(ListingTest, ReadsWhatARevisionIs) {
  const RepoInfo info = ParseRepoInfo(
      R"({"id": "acme/tiny", "sha": ")" + kSha + R"(", "gated": "auto", "private": true,
          "cardData": {"license": "other", "license_name": "lfm1.0", "license_link": "LICENSE"},
          "siblings": [{"rfilename": "config.json"}, {"rfilename": "sub dir/notes.txt"}]})",
      "hub");
  EXPECT_EQ(info.commit, kSha);
  EXPECT_TRUE(info.gated);
  EXPECT_TRUE(info.is_private);
  EXPECT_EQ(info.license, "lfm1.0");
  EXPECT_EQ(info.license_link, "LICENSE");
  EXPECT_EQ(info.paths, (std::vector<std::string>{"config.json", "sub dir/notes.txt"}));
}

TEST(ListingTest, ACardMaySayLittle) {
  const auto license = [](const std::string& card) {
    return ParseRepoInfo(R"({"sha": ")" + kSha + R"(", "gated": false)" + card + "}", "hub")
        .license;
  };
  EXPECT_EQ(license(""), "");
  EXPECT_EQ(license(R"(, "cardData": null)"), "");
  EXPECT_EQ(license(R"(, "cardData": {"license": ["apache-2.0", "mit"]})"), "apache-2.0");
  EXPECT_EQ(license(R"(, "cardData": {"license": 7})"), "");
  EXPECT_EQ(license(R"(, "cardData": {"license": "other"})"), "other");
}

TEST(ListingTest, ALoginPageIsNoHub) {
  for (const char* text :
       {"<html>login</html>", "", "{", "[]", "{}", R"({"error": "x"})", "null"}) {
    EXPECT_EQ(ProblemOf([&] { ParseRepoInfo(text, "http://x"); }), kNotAHub) << text;
  }
  std::vector<RemoteFile> files;
  for (const char* text : {"<html>", "{}", "3"}) {
    EXPECT_EQ(ProblemOf([&] { AppendTreePage(text, "http://x", &files); }), kNotAHub) << text;
  }
}

TEST(ListingTest, ACommitThatIsAPathIsRefused) {
  for (const char* sha : {R"("../../../etc")", R"("main")", "7", R"("")", "null"}) {
    EXPECT_EQ(ProblemOf([&] { ParseRepoInfo(StrCat(R"({"sha": )", sha, "}"), "hub"); }), kHostile)
        << sha;
  }
  EXPECT_EQ(ProblemOf([&] {
              ParseRepoInfo(R"({"sha": ")" + kSha + R"(", "siblings": [{"rfilename": "../a"}]})",
                            "hub");
            }),
            kHostile);
}

TEST(ListingTest, ATreeGivesTheHashOfTheContentNotOfThePointer) {
  std::vector<RemoteFile> files;
  AppendTreePage(R"([{"type": "directory", "oid": ")" + kSha + R"(", "size": 0, "path": "sub"},
      {"type": "submodule", "path": "other"},
      {"type": "file", "oid": ")" +
                     kSha + R"(", "size": 3, "path": "sub/a"},
      {"type": "file", "oid": ")" +
                     kSha + R"(", "size": 9, "path": "b", "xetHash": "x",
       "lfs": {"oid": ")" +
                     kSha256 + R"(", "size": 9, "pointerSize": 134}}])",
                 "hub", &files);
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].path, "sub/a");
  EXPECT_EQ(files[0].etag, kSha);
  EXPECT_EQ(files[0].size_bytes, 3u);
  EXPECT_EQ(files[1].etag, kSha256);
}

TEST(ListingTest, EveryValueOfATreeIsChecked) {
  std::vector<RemoteFile> files;
  const std::string oid = R"("oid": ")" + kSha + R"(")";
  for (const std::string& row : std::vector<std::string>{
           "7", "{}", R"({"type": 1, )" + oid + R"(, "size": 1, "path": "a"})",
           R"({"type": "file", "oid": "../x", "size": 1, "path": "a"})",
           R"({"type": "file", "oid": ")" + kSha256 + R"(", "size": 1, "path": "a"})",
           R"({"type": "file", )" + oid + R"(, "size": -1, "path": "a"})",
           R"({"type": "file", )" + oid + R"(, "size": 1e30, "path": "a"})",
           R"({"type": "file", )" + oid + R"(, "path": "a"})",
           R"({"type": "file", )" + oid + R"(, "size": 1, "path": "../a"})",
           R"({"type": "file", )" + oid +
               R"(, "size": 1, "path": "a", "lfs": {"oid": "e", "size": 1}})",
           R"({"type": "file", )" + oid + R"(, "size": 1, "path": "a", "lfs": {"oid": ")" +
               kSha256 + R"(", "size": 2}})"}) {
    EXPECT_EQ(ProblemOf([&] { AppendTreePage("[" + row + "]", "hub", &files); }), kHostile) << row;
  }
}

TEST(ListingTest, ThereIsALimitOnFiles) {
  std::string page = "[";
  for (size_t i = 0; i <= kMaxFiles; ++i) {
    page += (i > 0 ? "," : "") +
            StrCat(R"({"type":"file","oid":")", kSha, R"(","size":1,"path":"f)", i, R"("})");
  }
  std::vector<RemoteFile> files;
  EXPECT_EQ(ProblemOf([&] { AppendTreePage(page + "]", "hub", &files); }), kHostile);
}

TEST(ListingTest, PathsStayBelowTheirFolderOnEverySystem) {
  for (const char* good : {"a", ".gitattributes", "sub dir/n.txt", "...a", "a..b/c", "CONFIG.json",
                           "comma", "COM10", "\xC3\xA4/\xE6\xBC\xA2"}) {
    EXPECT_NO_THROW(CheckRemotePath(good, "hub")) << good;
  }
  for (const std::string& bad :
       {std::string(),          std::string("/a"),
        std::string("a/"),      std::string("a//b"),
        std::string("."),       std::string(".."),
        std::string("../a"),    std::string("a/../b"),
        std::string("a/./b"),   std::string("a\\b"),
        std::string("..\\a"),   std::string("C:/a"),
        std::string("a:b"),     std::string("a\nb"),
        std::string("a\0b", 3), std::string("a\x7F"),
        std::string("CON"),     std::string("sub/nul.txt"),
        std::string("Com1"),    std::string("lpt9.a.b"),
        std::string("a."),      std::string("a /b"),
        std::string("x.txt "),  std::string("\xFF"),
        std::string(256, 'a'),  std::string(600, 'a') + "/" + std::string(600, 'b')}) {
    EXPECT_EQ(ProblemOf([&] { CheckRemotePath(bad, "hub"); }), kHostile) << bad;
  }
}

TEST(ListingTest, TwoPathsMayNotMeet) {
  EXPECT_NO_THROW(CheckPathsTogether({"a", "b/a", "b/c/a", "ab"}, "hub"));
  EXPECT_EQ(ProblemOf([] { CheckPathsTogether({"a", "A"}, "hub"); }), kHostile);
  EXPECT_EQ(ProblemOf([] { CheckPathsTogether({"a", "a"}, "hub"); }), kHostile);
  EXPECT_EQ(ProblemOf([] { CheckPathsTogether({"a", "a/b"}, "hub"); }), kHostile);
  EXPECT_EQ(ProblemOf([] { CheckPathsTogether({"a/B/c", "a/b"}, "hub"); }), kHostile);
}

TEST(ListingTest, TheNextPageIsTheLinkCalledNext) {
  EXPECT_EQ(NextLink(R"(<http://a?x=1,2>; rel="prev", <http://b>; rel="next")"), "http://b");
  EXPECT_EQ(NextLink(R"(<http://a>; rel="xet-auth")"), "");
  EXPECT_EQ(NextLink(""), "");
  EXPECT_EQ(NextLink("<"), "");
  EXPECT_EQ(NextLink("><"), "");
}

}  // namespace
}  // namespace kani::hub
