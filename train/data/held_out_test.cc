#include "train/data/held_out.h"

#include <gtest/gtest.h>

#include <set>

#include "model/lm_config.h"
#include "model/tokenizer_file.h"
#include "train/data/manifest.h"
#include "train/data/shard_builder.h"
#include "train/data/testing.h"

namespace kani::train {
namespace {

constexpr model::TokenLayout kTokens{
    .text_vocab_size = 50, .audio_tokens_start = 60, .codebooks = 2, .codebook_size = 20};
constexpr int32_t kSpeaker = model::kSpeakerRow;

HeldOutClip Text(const char* language, const char* text) { return {{}, text, language}; }

HeldOutClip Voice(std::vector<float> embedding) { return {{{}, std::move(embedding)}, "", ""}; }

TEST(HeldOutClipsTest, AreSpreadEvenlyOverTheirNumbers) {
  const TestFolder folder;
  ShardBuilder shard(kTestFormat);
  const std::vector<Utterance> all = TestUtterances(20);
  for (const Utterance& clip : all) shard.Add(clip);
  shard.Write(folder / "a.safetensors");
  WriteManifest(folder.path());
  const Corpus corpus(folder.path());
  const std::filesystem::path model = KANI_TEST_DATA "/golden/end_to_end/model";
  const text::Tokenizer tokenizer(model::LoadTokenizerFile(model / "tokenizer.json"));
  model::TokenLayout tokens = model::LoadLmConfig(model / "config.json").tokens;
  tokens.codebooks = kTestFormat.codebooks;
  tokens.codebook_size = kTestFormat.codebook_size;
  const auto texts = [&](int64_t most) {
    const int64_t numbers[] = {1, 3, 5, 7, 9, 11};
    std::vector<std::string> out;
    for (const HeldOutClip& clip : HeldOutClips(corpus, numbers, most, tokenizer, tokens)) {
      out.push_back(clip.text);
    }
    return out;
  };
  EXPECT_EQ(texts(3), (std::vector{all[1].text, all[5].text, all[9].text}));
  EXPECT_EQ(texts(100).size(), 6u);
  EXPECT_TRUE(HeldOutClips(corpus, {}, 100, tokenizer, tokens).empty());
  const int64_t one[] = {4};
  const HeldOutClip clip = HeldOutClips(corpus, one, 1, tokenizer, tokens)[0];
  EXPECT_EQ(clip.language, all[4].language);
  EXPECT_EQ(clip.clip.rows, BuildClip(all[4], kTestFormat, tokenizer, tokens).rows);
}

TEST(WrongTextsTest, EveryClipGetsAnotherTextOfItsLanguageAndGivesItsOwnOnce) {
  const std::vector<HeldOutClip> clips = {Text("en", "one"), Text("es", "uno"), Text("en", "two"),
                                          Text("en", "two"), Text("es", "dos"), Text("en", "three"),
                                          Text("en", "four")};
  const Donors donors = WrongTexts(clips);
  std::set<size_t> given;
  for (size_t i = 0; i < clips.size(); ++i) {
    ASSERT_TRUE(donors[i]) << i;
    EXPECT_NE(clips[*donors[i]].text, clips[i].text) << i;
    EXPECT_EQ(clips[*donors[i]].language, clips[i].language) << i;
    given.insert(*donors[i]);
  }
  EXPECT_EQ(given.size(), clips.size());
}

TEST(WrongTextsTest, ALanguageWithOneTextBorrowsFromAnother) {
  const std::vector<HeldOutClip> clips = {Text("en", "one"), Text("en", "two"), Text("es", "uno")};
  const Donors donors = WrongTexts(clips);
  ASSERT_TRUE(donors[2]);
  EXPECT_EQ(clips[*donors[2]].language, "en");
}

TEST(WrongTextsTest, ThereIsNoneWhereAllReadTheSame) {
  const std::vector<HeldOutClip> clips = {Text("en", "one"), Text("en", "one"), Text("en", "one")};
  for (const std::optional<size_t>& donor : WrongTexts(clips)) EXPECT_FALSE(donor);
}

TEST(WrongVoicesTest, AreTheLeastSimilar) {
  const std::vector<HeldOutClip> clips = {Voice({1, 0}), Voice({2, 1}), Voice({-3, 1}), Voice({}),
                                          Voice({0, 1})};
  const Donors donors = WrongVoices(clips);
  EXPECT_EQ(donors, (Donors{2, 2, 0, std::nullopt, 0}));
}

TEST(WrongVoicesTest, ThereIsNoneWhereAllAreTheSame) {
  const std::vector<HeldOutClip> clips = {Voice({1, 0}), Voice({1, 0}), Voice({})};
  for (const std::optional<size_t>& donor : WrongVoices(clips)) EXPECT_FALSE(donor);
}

TEST(WithTextTest, TakesTheDonorsTextAndKeepsSpeakerAndAudio) {
  const Clip clip{{53, kSpeaker, 1, 7, 2, 54, 55, 51, 60, 80, 61, 81, 52, 56}, {0.5f}};
  const Clip donor{{53, kSpeaker, 1, 8, 9, 2, 54, 55, 51, 70, 90, 52, 56}, {0.25f}};
  const Clip mixed = WithText(clip, donor, kTokens);
  EXPECT_EQ(mixed.rows,
            (std::vector<int32_t>{53, kSpeaker, 1, 8, 9, 2, 54, 55, 51, 60, 80, 61, 81, 52, 56}));
  EXPECT_EQ(mixed.speaker, clip.speaker);
}

TEST(WithTextTest, HasASpeakerRowIfTheClipHadOneWhateverTheDonorHas) {
  const Clip with{{53, kSpeaker, 1, 7, 2, 60, 80, 52}, {0.5f}};
  const Clip without{{53, 1, 8, 2, 70, 90, 52}, {}};
  EXPECT_EQ(WithText(with, without, kTokens).rows,
            (std::vector<int32_t>{53, kSpeaker, 1, 8, 2, 60, 80, 52}));
  EXPECT_EQ(WithText(with, without, kTokens).speaker, with.speaker);
  EXPECT_EQ(WithText(without, with, kTokens).rows, (std::vector<int32_t>{53, 1, 7, 2, 70, 90, 52}));
  EXPECT_TRUE(WithText(without, with, kTokens).speaker.empty());
}

TEST(WithVoiceTest, ChangesTheEmbeddingAlone) {
  const Clip clip{{53, kSpeaker, 1, 7, 2, 60, 80, 52}, {0.5f}};
  const Clip donor{{53, kSpeaker, 1, 8, 2, 70, 90, 52}, {0.25f}};
  const Clip mixed = WithVoice(clip, donor);
  EXPECT_EQ(mixed.rows, clip.rows);
  EXPECT_EQ(mixed.speaker, donor.speaker);
}

}  // namespace
}  // namespace kani::train
