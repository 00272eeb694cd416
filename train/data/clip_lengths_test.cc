#include "train/data/clip_lengths.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/testing.h"
#include "formats/safetensors.h"
#include "model/lm_config.h"
#include "model/tokenizer_file.h"
#include "train/data/manifest.h"
#include "train/data/shard_builder.h"
#include "train/data/testing.h"
#include "train/data/training_set.h"

namespace kani::train {
namespace {

namespace fs = std::filesystem;

const fs::path kModel = KANI_TEST_DATA "/golden/end_to_end/model";

class ClipLengthsTest : public testing::Test {
 protected:
  ClipLengthsTest() {
    tokens_ = model::LoadLmConfig(kModel / "config.json").tokens;
    tokens_.codebooks = kTestFormat.codebooks;
    tokens_.codebook_size = kTestFormat.codebook_size;
    clips_ = TestUtterances(30);
    Write("a.safetensors", clips_);
    corpus_.emplace(folder_.path());
    lengths_.resize(30);
    MeasureClips(*corpus_, tokenizer_, tokens_, {}, 0, 30, lengths_);
  }

  void Write(const char* name, const std::vector<Utterance>& clips) {
    ShardBuilder shard(kTestFormat);
    for (const Utterance& clip : clips) shard.Add(clip);
    shard.Write(folder_ / name);
    WriteManifest(folder_.path());
  }
  std::string Key() const { return ClipLengthsKey(*corpus_, "tokenizer", tokens_, {}); }

  TestFolder folder_;
  std::vector<Utterance> clips_;
  std::optional<Corpus> corpus_;
  text::Tokenizer tokenizer_{model::LoadTokenizerFile(kModel / "tokenizer.json")};
  model::TokenLayout tokens_;
  ClipLengths lengths_;
};

TEST_F(ClipLengthsTest, AreThoseOfTheSequences) {
  for (int64_t clip = 0; clip < corpus_->size(); ++clip) {
    const Clip built = BuildClip(corpus_->Get(clip), kTestFormat, tokenizer_, tokens_);
    EXPECT_EQ(lengths_[static_cast<size_t>(clip)], std::ssize(built.rows)) << clip;
  }
}

TEST_F(ClipLengthsTest, AnyNumberOfSharesMeasuresTheSame) {
  ClipLengths shares(30);
  for (const int64_t begin : {20, 0, 10}) {
    MeasureClips(*corpus_, tokenizer_, tokens_, {}, begin, begin + 10, shares);
  }
  EXPECT_EQ(shares, lengths_);
}

TEST_F(ClipLengthsTest, ReadIsWhatWasWritten) {
  const fs::path path = folder_ / "lengths.safetensors";
  WriteClipLengths(path, Key(), lengths_);
  EXPECT_EQ(ReadClipLengths(path, Key(), 30), lengths_);
}

TEST_F(ClipLengthsTest, ATrainingSetThatIsGivenThemIsTheSame) {
  const TrainingSetOptions options{.budget_tokens = 300, .borrowed_voices = 0.5};
  const TrainingSet measured(*corpus_, tokenizer_, tokens_, options);
  const TrainingSet given(*corpus_, tokenizer_, tokens_, options, lengths_);
  const TrainingSet::Epoch a = measured.MakeEpoch(3), b = given.MakeEpoch(3);
  EXPECT_EQ(a.clips, b.clips);
  for (int64_t step = 0; step < measured.Steps(a); ++step) {
    EXPECT_EQ(measured.Packs(a, step, 0, 1), given.Packs(b, step, 0, 1));
  }
}

TEST_F(ClipLengthsTest, EveryChangeOfWhatTheyAreAFunctionOfIsNoticed) {
  const std::string key = Key();
  EXPECT_NE(ClipLengthsKey(*corpus_, "tokenizeR", tokens_, {}), key);
  EXPECT_NE(ClipLengthsKey(*corpus_, "tokenizer", tokens_, {.drop_repeated_frames = true}), key);
  model::TokenLayout other = tokens_;
  --other.text_vocab_size;
  EXPECT_NE(ClipLengthsKey(*corpus_, "tokenizer", other, {}), key);

  // A shard of as many clips, frames and bytes, in another order or with one other letter.
  std::vector<Utterance> changed = clips_;
  std::swap(changed[3], changed[4]);
  Write("a.safetensors", changed);
  EXPECT_NE(ClipLengthsKey(Corpus(folder_.path()), "tokenizer", tokens_, {}), key);
  changed = clips_;
  changed[7].text[0] = 's';
  Write("a.safetensors", changed);
  EXPECT_NE(ClipLengthsKey(Corpus(folder_.path()), "tokenizer", tokens_, {}), key);
  Write("a.safetensors", clips_);
  EXPECT_EQ(ClipLengthsKey(Corpus(folder_.path()), "tokenizer", tokens_, {}), key);
  Write("b.safetensors", TestUtterances(5, 2));
  EXPECT_NE(ClipLengthsKey(Corpus(folder_.path()), "tokenizer", tokens_, {}), key);
}

TEST_F(ClipLengthsTest, RefusesWhatIsOutOfDateOrDamaged) {
  const fs::path path = folder_ / "lengths.safetensors";
  const auto read = [&](const std::string& key, int64_t clips) {
    return Failure([&] { ReadClipLengths(path, key, clips); });
  };
  EXPECT_EQ(read(Key(), 30).substr(0, 10), "not_found:");
  WriteClipLengths(path, "another key", lengths_);
  EXPECT_NE(read(Key(), 30).find("lengths of 'another key', expected 'version"), std::string::npos);
  EXPECT_EQ(read("another key", 29).substr(0, 13), "invalid_file:");
  EXPECT_EQ(read("another key", 31).substr(0, 13), "invalid_file:");
  ClipLengths none = lengths_;
  none[5] = 0;
  WriteClipLengths(path, Key(), none);
  EXPECT_NE(read(Key(), 30).find("a clip of 0 tokens"), std::string::npos);

  WriteClipLengths(path, Key(), lengths_);
  std::vector<std::byte> bytes = ReadBinaryFile(path, 1 << 20);
  bytes[bytes.size() - 7] ^= std::byte{4};
  WriteFileAtomically(path, bytes);
  EXPECT_NE(read(Key(), 30).find("checksum"), std::string::npos);
}

}  // namespace
}  // namespace kani::train
