#include "hub/digest.h"

#include "hub/testing.h"

namespace kani::hub {
namespace {

class DigestTest : public CacheTest {};

TEST_F(DigestTest, NamesBytesAsGitAndSha256Do) {
  // echo hello | git hash-object --stdin; echo hello | sha256sum
  EXPECT_EQ(HashOf("hello\n", 40), "ce013625030ba8dba906f756967f9e9ca394464a");
  EXPECT_EQ(HashOf("hello\n", 64),
            "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
  EXPECT_EQ(HashOf("", 40), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
}

TEST_F(DigestTest, PiecesAreTheWhole) {
  Digest digest(std::string(64, '0'), 6);
  for (const char c : std::string("hello\n")) digest.Update(std::as_bytes(std::span(&c, 1)));
  EXPECT_EQ(digest.Finish(), HashOf("hello\n", 64));
}

TEST_F(DigestTest, AFileOnDiskOfSeveralPieces) {
  const std::string bytes((3 << 20) + 17, 'x');
  Write(root_ / "file", bytes);
  uint64_t seen = 0;
  EXPECT_EQ(HashFile(root_ / "file", std::string(40, '0'), {}, [&](uint64_t n) { seen += n; }),
            HashOf(bytes, 40));
  EXPECT_EQ(seen, bytes.size());
  EXPECT_EQ(Failure([&] { HashFile(root_ / "file", std::string(64, '0'), [] { return true; }); }),
            "cancelled: interrupted");
  EXPECT_EQ(Failure([&] { HashFile(root_ / "none", std::string(64, '0')); }).substr(0, 10),
            "not_found:");
}

TEST_F(DigestTest, AnEtagIsNothingButAHash) {
  EXPECT_TRUE(IsEtag(std::string(40, 'a')));
  EXPECT_TRUE(IsEtag(std::string(64, '9')));
  for (const std::string& text : {std::string(), std::string(41, 'a'), std::string(40, 'A'),
                                  std::string(40, '/'), std::string(64, 'g')}) {
    EXPECT_FALSE(IsEtag(text)) << text;
  }
}

}  // namespace
}  // namespace kani::hub
