#include "train/data/training_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/error.h"
#include "model/lm_config.h"
#include "model/tokenizer_file.h"
#include "text/prompt.h"
#include "train/data/shard_builder.h"
#include "train/data/testing.h"

namespace kani::train {
namespace {

const std::filesystem::path kModel = KANI_TEST_DATA "/golden/end_to_end/model";

class TrainingSetTest : public testing::Test {
 protected:
  TrainingSetTest() {
    tokens_ = model::LoadLmConfig(kModel / "config.json").tokens;
    tokens_.codebooks = kTestFormat.codebooks;
    tokens_.codebook_size = kTestFormat.codebook_size;
    for (const int shard : {1, 2, 3}) {
      ShardBuilder builder(kTestFormat);
      for (const Utterance& clip : TestUtterances(100, static_cast<uint64_t>(shard))) {
        builder.Add(clip);
      }
      builder.Write(folder_ / StrCat(shard, ".safetensors").c_str());
    }
    WriteManifest(folder_.path());
    corpus_.emplace(folder_.path());
  }

  static TrainingSetOptions Options() {
    TrainingSetOptions options;
    options.budget_tokens = 300;
    options.packs_per_step = 12;
    options.selection.held_out = 0.1;
    return options;
  }
  TrainingSet Make(const TrainingSetOptions& options) const {
    return TrainingSet(*corpus_, tokenizer_, tokens_, options);
  }
  Clip Build(const Utterance& clip, const SequenceOptions& options = {}) const {
    return BuildClip(clip, kTestFormat, tokenizer_, tokens_, options);
  }

  TestFolder folder_;
  std::optional<Corpus> corpus_;
  text::Tokenizer tokenizer_{model::LoadTokenizerFile(kModel / "tokenizer.json")};
  model::TokenLayout tokens_;
};

TEST_F(TrainingSetTest, ASequenceIsPromptAudioAndTwoEnds) {
  Utterance clip = TestUtterances(1)[0];
  clip.language = "En_US";
  clip.codes = {3, 4, 5, 6};
  std::vector<int32_t> expected =
      text::BuildPrompt(tokenizer_, tokens_, clip.text, "en_us", /*with_speaker=*/true);
  const int32_t start = tokens_.audio_tokens_start;
  for (const int32_t row : {start + 3, start + 20 + 4, start + 5, start + 20 + 6}) {
    expected.push_back(row);
  }
  expected.push_back(tokens_.end_of_speech());
  expected.push_back(tokens_.end_of_ai());
  EXPECT_EQ(Build(clip).rows, expected);
  EXPECT_EQ(Build(clip).speaker, clip.embedding);
  clip.embedding.clear();
  std::erase(expected, model::kSpeakerRow);
  EXPECT_EQ(Build(clip).rows, expected);
  EXPECT_TRUE(Build(clip).speaker.empty());
}

TEST_F(TrainingSetTest, RepeatedFramesAreKeptUnlessTheOriginalsWayIsAskedFor) {
  Utterance clip = TestUtterances(1)[0];
  clip.codes = {1, 2, 1, 2, 1, 3, 1, 2, 1, 2, 1, 2};
  EXPECT_EQ(DropRepeatedFrames(clip.codes, 2), (std::vector<uint16_t>{1, 2, 1, 3, 1, 2}));
  EXPECT_EQ(Build(clip).rows.size(), Build(clip, {.drop_repeated_frames = true}).rows.size() + 6);
  Utterance short_clip = clip;
  short_clip.codes = {1, 2, 1, 3, 1, 2};
  EXPECT_EQ(Build(clip, {.drop_repeated_frames = true}).rows, Build(short_clip).rows);
}

TEST_F(TrainingSetTest, CodesOfAnotherCodecAreRefused) {
  tokens_.codebook_size = 21;
  EXPECT_THROW(Build(TestUtterances(1)[0]), Error);
}

TEST_F(TrainingSetTest, HoldsOutTextsByTheirHashAlone) {
  const Selection small = Select(*corpus_, {.held_out = 0.1});
  EXPECT_NEAR(static_cast<double>(small.held_out.size()), 30, 15);
  const Selection more = Select(*corpus_, {.held_out = 0.2});
  EXPECT_TRUE(std::ranges::includes(more.held_out, small.held_out));
  for (const int64_t clip : small.held_out) {
    EXPECT_TRUE(IsHeldOut(corpus_->Get(clip).text, 0.1));
  }
  int held_out = 0;
  for (int i = 0; i < 20000; ++i) held_out += IsHeldOut(StrCat("Sentence number ", i, "."), 0.05);
  EXPECT_NEAR(held_out, 1000, 120);
  EXPECT_THROW(Select(*corpus_, {.held_out = 1}), Error);
}

TEST_F(TrainingSetTest, SelectionPutsEveryClipSomewhere) {
  const Selection selection = Select(*corpus_, {.max_duration_s = 2, .held_out = 0.1});
  std::vector<int64_t> all = selection.held_out;
  for (const SelectedSource& source : selection.training) {
    for (const int64_t clip : source.clips) {
      EXPECT_EQ(corpus_->Get(clip).source, source.name);
      EXPECT_LE(corpus_->Get(clip).frames(kTestFormat), 25);
      all.push_back(clip);
    }
  }
  std::ranges::sort(all);
  EXPECT_EQ(std::ranges::adjacent_find(all), all.end());
  EXPECT_GT(selection.too_long, 50);
  EXPECT_EQ(std::ssize(all) + selection.too_long, corpus_->size());
}

TEST_F(TrainingSetTest, DurationsAreThoseOfTheFramesUnlessTheOriginalsWayIsAskedFor) {
  ShardBuilder builder(kTestFormat);
  Utterance clip = TestUtterances(1)[0];
  clip.codes.assign(2 * 10, 1);
  clip.encoded_len = 100;  // what it was before its repeated frames were dropped
  builder.Add(clip);
  for (const int shard : {1, 2, 3}) {
    std::filesystem::remove(folder_ / StrCat(shard, ".safetensors").c_str());
  }
  builder.Write(folder_ / "stale.safetensors");
  WriteManifest(folder_.path());
  const Corpus corpus(folder_.path());
  EXPECT_EQ(Select(corpus, {.max_duration_s = 4, .held_out = 0}).too_long, 0);
  EXPECT_EQ(Select(corpus, {4, /*trust_encoded_len=*/true, 0}).too_long, 1);
}

TEST_F(TrainingSetTest, AnEpochHearsEveryTrainingClipOnceAndNoOther) {
  const TrainingSet set = Make(Options());
  std::vector<int64_t> expected;
  for (const SelectedSource& source : set.selection().training) {
    expected.insert(expected.end(), source.clips.begin(), source.clips.end());
  }
  std::ranges::sort(expected);
  EXPECT_EQ(std::ssize(expected) + std::ssize(set.selection().held_out), corpus_->size());
  const TrainingSet::Epoch epoch = set.MakeEpoch(7);
  std::vector<int64_t> heard;
  for (int64_t step = 0; step < set.Steps(epoch); ++step) {
    for (const std::vector<int64_t>& pack : set.Packs(epoch, step, 0, 1)) {
      size_t tokens = 0;
      for (const int64_t clip : pack) tokens += set.GetClip(clip, epoch).rows.size();
      EXPECT_LE(tokens, 300u);
      heard.insert(heard.end(), pack.begin(), pack.end());
    }
  }
  EXPECT_NE(heard, expected);
  std::ranges::sort(heard);
  EXPECT_EQ(heard, expected);
}

TEST_F(TrainingSetTest, AnyNumberOfProcessesTrainsOnTheSameBatchesAndResumesAnywhere) {
  const TrainingSet set = Make(Options());
  const TrainingSet::Epoch epoch = set.MakeEpoch(3);
  const TrainingSet again = Make(Options());
  const TrainingSet::Epoch resumed = again.MakeEpoch(3);
  ASSERT_GT(set.Steps(epoch), 2);
  for (int64_t step = set.Steps(epoch) - 1; step >= 0; --step) {
    const auto joint = set.Packs(epoch, step, 0, 1);
    for (const int64_t ranks : {1, 2, 3, 4, 6, 12}) {
      std::vector<std::vector<int64_t>> together;
      for (int64_t rank = 0; rank < ranks; ++rank) {
        for (auto& pack : again.Packs(resumed, step, rank, ranks)) together.push_back(pack);
      }
      EXPECT_EQ(together, joint) << step << " with " << ranks;
    }
  }
  EXPECT_THROW(set.Packs(epoch, 0, 0, 5), Error);
}

TEST_F(TrainingSetTest, DropsRepeatedFramesEverywhereIfAskedFor) {
  ShardBuilder builder(kTestFormat);
  for (Utterance clip : TestUtterances(50, 3)) {
    std::ranges::fill(clip.codes, uint16_t{1});
    builder.Add(clip);
  }
  builder.Write(folder_ / "3.safetensors");
  WriteManifest(folder_.path());
  const Corpus corpus(folder_.path());
  TrainingSetOptions options = Options();
  options.sequence.drop_repeated_frames = true;
  const TrainingSet set(corpus, tokenizer_, tokens_, options);
  const TrainingSet::Epoch epoch = set.MakeEpoch(0);
  const int64_t last = corpus.size() - 1;
  EXPECT_EQ(set.GetClip(last).rows, Build(corpus.Get(last), options.sequence).rows);
  EXPECT_EQ(set.GetClip(last, epoch).rows, set.GetClip(last).rows);
  EXPECT_LT(set.GetClip(last).rows.size(), Build(corpus.Get(last)).rows.size());
  // Packs as full as their clips are now, not as they were.
  int64_t tokens = 0;
  for (const int64_t clip : epoch.clips) tokens += std::ssize(set.GetClip(clip, epoch).rows);
  EXPECT_DOUBLE_EQ(epoch.packing.fill(),
                   static_cast<double>(tokens) / (300.0 * epoch.packing.size()));
}

TEST_F(TrainingSetTest, BorrowsVoicesOfTheSameSpeakerOnly) {
  TrainingSetOptions options = Options();
  options.borrowed_voices = 1;
  const TrainingSet set = Make(options);
  const TrainingSet::Epoch epoch = set.MakeEpoch(0);
  std::map<std::vector<float>, Utterance> owners;
  for (int64_t i = 0; i < corpus_->size(); ++i) owners[corpus_->Get(i).embedding] = corpus_->Get(i);
  int borrowed = 0;
  for (const int64_t clip : epoch.clips) {
    const Utterance utterance = corpus_->Get(clip);
    const Utterance& owner = owners.at(set.GetClip(clip, epoch).speaker);
    EXPECT_EQ(owner.voice, utterance.voice);
    EXPECT_EQ(owner.source, utterance.source);
    EXPECT_FALSE(IsHeldOut(owner.text, 0.1));
    EXPECT_EQ(set.GetClip(clip).speaker, utterance.embedding);
    borrowed += owner.id != utterance.id;
  }
  EXPECT_EQ(borrowed, std::ssize(epoch.clips));
}

TEST_F(TrainingSetTest, LeavesOutClipsOverTheBudgetAndSaysWhich) {
  TrainingSetOptions options = Options();
  options.budget_tokens = 80;
  const TrainingSet set = Make(options);
  EXPECT_GT(set.over_budget().size(), 20u);
  for (const int64_t clip : set.over_budget()) EXPECT_GT(set.GetClip(clip).rows.size(), 80u);
  for (const int64_t clip : set.MakeEpoch(0).clips) EXPECT_LE(set.GetClip(clip).rows.size(), 80u);
  EXPECT_TRUE(set.MakeEpoch(0).packing.too_long().empty());
}

TEST_F(TrainingSetTest, SaysWhatClipsNeedWhenTheBudgetHoldsNone) {
  int64_t shortest = INT64_MAX, longest = 0, clips = 0;
  const TrainingSet all = Make(Options());
  for (const int64_t clip : all.MakeEpoch(0).clips) {
    const int64_t tokens = std::ssize(all.GetClip(clip).rows);
    shortest = std::min(shortest, tokens);
    longest = std::max(longest, tokens);
    ++clips;
  }
  TrainingSetOptions options = Options();
  options.budget_tokens = shortest - 1;
  try {
    Make(options);
    ADD_FAILURE() << "was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(std::string(error.what()),
              StrCat("packs of ", shortest - 1, " tokens hold none of the ", clips,
                     " clips: they have ", shortest, " to ", longest, " tokens"));
  }
}

TEST_F(TrainingSetTest, RefusesWeightsOfNobodyAndOptionsOutOfRange) {
  TrainingSetOptions options = Options();
  options.source_weights = {{"radio", 2}};
  const auto radio_clips = std::ssize(Make(options).selection().training[1].clips);
  EXPECT_EQ(Make(options).MakeEpoch(0).clips.size(),
            Make(Options()).MakeEpoch(0).clips.size() + static_cast<size_t>(radio_clips));
  options.source_weights = {{"tapes", 2}};
  EXPECT_THROW(Make(options), Error);
  options = Options();
  options.budget_tokens = 1;
  EXPECT_THROW(Make(options), Error);
  options = Options();
  options.borrowed_voices = 1.5;
  EXPECT_THROW(Make(options), Error);
}

TEST_F(TrainingSetTest, VariesClipsOfAnEpochButNotThoseForEvaluation) {
  TrainingSetOptions options = Options();
  options.variation.audio_targets_only = true;
  const TrainingSet set = Make(options);
  const TrainingSet::Epoch epoch = set.MakeEpoch(0);
  EXPECT_GT(set.GetClip(epoch.clips[0], epoch).first_target, 0u);
  EXPECT_EQ(set.GetClip(epoch.clips[0]).first_target, 0u);
  options.variation.replaced_inputs = 2;
  EXPECT_THROW(Make(options), Error);
}

}  // namespace
}  // namespace kani::train
