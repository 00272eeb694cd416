#include "train/data/shard.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <map>

#include "base/atomic_file.h"
#include "base/error.h"
#include "formats/safetensors.h"
#include "train/data/manifest.h"
#include "train/data/shard_builder.h"
#include "train/data/shard_parts.h"
#include "train/data/testing.h"

namespace kani::train {
namespace {

class ShardTest : public testing::Test {
 protected:
  std::filesystem::path Write(const std::vector<Utterance>& clips) const {
    ShardBuilder builder(kTestFormat);
    for (const Utterance& clip : clips) builder.Add(clip);
    builder.Write(folder_ / "shard.safetensors");
    return folder_ / "shard.safetensors";
  }

  static std::string MessageOf(const auto& action) {
    try {
      action();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  TestFolder folder_;
};

TEST_F(ShardTest, ReadsEveryClipAsItWasWritten) {
  std::vector<Utterance> clips = TestUtterances(200);
  clips[3].voice = clips[3].language = clips[3].source = "";
  clips[4].embedding.clear();
  clips[5].flags = 0xFFFFFFFF;
  const Shard shard(Write(clips));
  EXPECT_EQ(shard.format(), kTestFormat);
  ASSERT_EQ(shard.size(), std::ssize(clips));
  int64_t frames = 0;
  for (int64_t i = shard.size() - 1; i >= 0; --i) {
    EXPECT_EQ(shard.Get(i), clips[static_cast<size_t>(i)]) << i;
    frames += clips[static_cast<size_t>(i)].frames(kTestFormat);
  }
  EXPECT_EQ(shard.frames(), frames);
}

TEST_F(ShardTest, IsByteStableAndStoresEqualEmbeddingsOnce) {
  std::vector<Utterance> clips = TestUtterances(50);
  const std::string mixed = ReadTextFile(Write(clips), 1 << 20);
  EXPECT_EQ(ReadTextFile(Write(clips), 1 << 20), mixed);
  for (Utterance& clip : clips) clip.embedding = clips[0].embedding;
  const auto store = formats::OpenSafetensors(Write(clips));
  EXPECT_EQ(store->Find("embeddings")->shape, (Shape{1, kTestFormat.speaker_emb_dim}));
}

TEST_F(ShardTest, IsASafetensorsFileOfTheDocumentedSections) {
  const std::vector<Utterance> clips = TestUtterances(2);
  const auto store = formats::OpenSafetensors(Write(clips));
  const std::vector<int64_t> codes = store->Find("codes")->Ints();
  EXPECT_TRUE(std::equal(clips[0].codes.begin(), clips[0].codes.end(), codes.begin()));
  EXPECT_EQ(store->Find("codes.ends")->Ints()[0], clips[0].frames(kTestFormat));
  EXPECT_EQ(store->Find("text.ends")->Ints()[1], clips[0].text.size() + clips[1].text.size());
}

TEST_F(ShardTest, KnowsItsSizeWhileItGrows) {
  ShardBuilder builder(kTestFormat);
  for (const Utterance& clip : TestUtterances(100)) builder.Add(clip);
  builder.Write(folder_ / "shard.safetensors");
  const auto size = static_cast<int64_t>(std::filesystem::file_size(folder_ / "shard.safetensors"));
  EXPECT_NEAR(static_cast<double>(builder.size_bytes()), static_cast<double>(size), 1000);
}

TEST_F(ShardTest, NoticesEveryDamagedByte) {
  std::string bytes = ReadTextFile(Write(TestUtterances(3)), 1 << 20);
  const auto open = [&] {
    return Shard(std::as_bytes(std::span(bytes)), "shard", Checksums::kVerify);
  };
  ASSERT_NO_THROW(open());
  const size_t header_end =
      8 + static_cast<uint8_t>(bytes[0]) + 256 * static_cast<uint8_t>(bytes[1]);
  for (size_t i = 0; i < bytes.size(); ++i) {
    // Padding of the header may change without harm.
    if (i < header_end && bytes[i] == ' ') continue;
    bytes[i] ^= 1;
    EXPECT_THROW(open(), Error) << "byte " << i;
    bytes[i] ^= 1;
  }
}

TEST_F(ShardTest, NamesTheSectionThatIsDamaged) {
  std::string bytes = ReadTextFile(Write(TestUtterances(3)), 1 << 20);
  bytes[bytes.find("words of clip")] = 'W';
  const std::string message =
      MessageOf([&] { Shard(std::as_bytes(std::span(bytes)), "'x'", Checksums::kVerify); });
  EXPECT_TRUE(message.starts_with("'x': text: checksum ")) << message;
}

/// Every tensor of a shard by name, to be damaged and written again under the old checksums.
using Sections = std::map<std::string, formats::NamedTensor>;

template <typename T>
void Set(Sections& sections, const char* name, size_t index, T value) {
  std::memcpy(sections.at(name).bytes.data() + index * sizeof(T), &value, sizeof(T));
}

TEST_F(ShardTest, StructureIsCheckedWhateverTheChecksumsSay) {
  const auto store = formats::OpenSafetensors(Write(TestUtterances(3)));
  const auto refuses = [&](std::string_view expected,
                           const std::function<void(Sections&)>& damage) {
    Sections sections;
    for (const auto& [name, view] : store->tensors()) {
      sections[name] = {name, view.dtype, view.shape, {view.bytes.begin(), view.bytes.end()}};
    }
    damage(sections);
    std::vector<formats::NamedTensor> tensors;
    for (const auto& [name, tensor] : sections) tensors.push_back(tensor);
    const auto path = folder_ / "damaged.safetensors";
    formats::WriteSafetensors(path, tensors, {store->metadata().begin(), store->metadata().end()});
    const std::string bytes = ReadTextFile(path, 1 << 20);
    const std::string message =
        MessageOf([&] { Shard(std::as_bytes(std::span(bytes)), "x", Checksums::kSkip); });
    EXPECT_NE(message.find(expected), std::string::npos) << message << ", expected " << expected;
  };
  const float infinity = std::numeric_limits<float>::infinity();
  refuses("codes 2: ", [](Sections& s) { Set<int64_t>(s, "codes.ends", 2, 1000); });
  refuses("codes 1: ", [](Sections& s) { Set<int64_t>(s, "codes.ends", 1, -1); });
  refuses("codes 0: ", [](Sections& s) { Set<int64_t>(s, "codes.ends", 0, 0); });
  refuses("codes: 3 items end", [](Sections& s) {
    s["codes"].shape[0] += 1;
    s["codes"].bytes.resize(s["codes"].bytes.size() + 4);
  });
  refuses("codes: 20 in frame 1", [](Sections& s) { Set<uint16_t>(s, "codes", 2, 20); });
  refuses("codes: type I32", [](Sections& s) {
    s["codes"].dtype = DType::kI32;
    s["codes"].shape[1] = 1;
  });
  refuses("text 1: ", [](Sections& s) { Set<int64_t>(s, "text.ends", 1, 0); });
  refuses("text 0: ", [](Sections& s) { Set<uint8_t>(s, "text", 0, 0xFF); });
  refuses("clip 2: voice 7", [](Sections& s) { Set<int32_t>(s, "voice", 2, 7); });
  refuses("clip 0: language -1", [](Sections& s) { Set<int32_t>(s, "language", 0, -1); });
  refuses("clip 1: embedding 3", [](Sections& s) { Set<int32_t>(s, "embedding", 1, 3); });
  refuses("clip 1: encoded_len -2", [](Sections& s) { Set<int32_t>(s, "encoded_len", 1, -2); });
  refuses("embedding 2 is", [&](Sections& s) { Set<float>(s, "embeddings", 8, infinity); });
  refuses("'flags' is missing", [](Sections& s) { s.erase("flags"); });
  refuses("'more'", [](Sections& s) { s["more"] = formats::FloatTensor("more", {0}, {}); });
  refuses("'source': shape [2], expected [3]", [](Sections& s) {
    s["source"].shape = {2};
    s["source"].bytes.resize(8);
  });
}

TEST_F(ShardTest, IsNotMistakenForAnotherSafetensorsFile) {
  const auto path = folder_ / "other.safetensors";
  formats::WriteSafetensors(path, std::vector{formats::FloatTensor("a", {1}, std::vector{1.0f})});
  EXPECT_NE(MessageOf([&] { Shard shard(path); }).find("is no shard"), std::string::npos);
}

TEST_F(ShardTest, BuilderRefusesClipsThatBreakTheContract) {
  const Utterance good = TestUtterances(1)[0];
  ShardBuilder builder(kTestFormat);
  const auto refuses = [&](const auto& damage, std::string_view expected) {
    Utterance bad = good;
    damage(bad);
    const std::string message = MessageOf([&] { builder.Add(bad); });
    EXPECT_NE(message.find(expected), std::string::npos) << message;
  };
  refuses([](Utterance& u) { u.id = ""; }, "id of 0 bytes");
  refuses([](Utterance& u) { u.text = ""; }, "text of 0 bytes");
  refuses([](Utterance& u) { u.text = "\xFF"; }, "text: ");
  refuses([](Utterance& u) { u.text.assign(70000, 'a'); }, "text of 70000 bytes");
  refuses([](Utterance& u) { u.codes.clear(); }, "0 codes");
  refuses([](Utterance& u) { u.codes.pop_back(); }, "codes, expected");
  refuses([](Utterance& u) { u.codes[1] = 20; }, "code 20, expected [0, 20)");
  refuses([](Utterance& u) { u.encoded_len = -1; }, "encoded_len -1");
  refuses([](Utterance& u) { u.embedding.pop_back(); }, "embedding of 2 numbers");
  refuses([](Utterance& u) { u.embedding[0] = std::numeric_limits<float>::infinity(); },
          "not finite");
  EXPECT_EQ(builder.size(), 0);
  EXPECT_THROW(builder.Write(folder_ / "empty.safetensors"), Error);
  EXPECT_THROW(ShardBuilder(CorpusFormat{"c", 4, 70000, 12.5, 0}), Error);
}

TEST(ShardPartsTest, BecomeSeveralFilesWhereOneDoesNotHoldThem) {
  const TestFolder folder;
  const std::vector<Utterance> clips = TestUtterances(10);
  const std::filesystem::path path = folder / "a.safetensors";
  const auto write = [&](int64_t max_clips, int64_t max_bytes) {
    ShardParts parts(kTestFormat, max_clips, max_bytes);
    for (const Utterance& clip : clips) parts.Add(clip);
    EXPECT_EQ(parts.size(), 10);
    parts.Write(path);
    std::vector<Utterance> found;
    for (const std::filesystem::path& file : ShardFiles(folder.path())) {
      const Shard shard(file);
      EXPECT_LE(shard.size(), max_clips);
      for (int64_t i = 0; i < shard.size(); ++i) found.push_back(shard.Get(i));
    }
    EXPECT_TRUE(std::ranges::is_permutation(found, clips));
    return ShardFiles(folder.path()).size();
  };
  EXPECT_EQ(write(4, kMaxShardBytes), 3u);
  EXPECT_TRUE(std::filesystem::exists(folder / "a.part-00002.safetensors"));
  EXPECT_GT(write(kMaxClips, 2500), 1u);
  EXPECT_EQ(write(5, kMaxShardBytes), 2u);  // parts of before are gone
  EXPECT_EQ(write(kMaxClips, kMaxShardBytes), 1u);
}

}  // namespace
}  // namespace kani::train
