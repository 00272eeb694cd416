#include "lm/language_model.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>

#include "base/error.h"
#include "lm/random_model.h"

namespace kani::lm {
namespace {

using kernels::WeightFormat;

// Parity with the official code is checked by `kani-dev verify` (tests/parity); here: what must
// hold for any weights, bit for bit, on the vector kernels.

const std::vector<int32_t> kRows{
    43, model::kSpeakerRow, 1, 7, 9, 2, 44, 45, 41, 50, 80, 99, 130, 51, 75, 100, 125};

std::vector<float> Voice(int seed = 5) {
  std::vector<float> voice(16);
  for (size_t i = 0; i < voice.size(); ++i) {
    voice[i] = static_cast<float>(CounterRandom(static_cast<uint64_t>(seed)).Normal(i) * 0.25);
  }
  return voice;
}

std::vector<WeightFormat> Formats() {
  std::vector<WeightFormat> formats;
  for (const auto& traits : kernels::AllWeightFormats()) formats.push_back(traits.format);
  return formats;
}

class LanguageModelTest : public testing::TestWithParam<WeightFormat> {
 protected:
  LanguageModelTest() : ops_(kernels::MakeOps("auto", 2)) {
    model_ = RandomModel(ops_->device(), RandomModelConfig(4), GetParam(), 1);
    pool_ = std::make_unique<kernels::KvPool>(ops_->device(), KvShapeOf(model_->config()));
  }
  DecodingState NewState() { return DecodingState(*pool_, model_->config(), 64); }
  /// Logits over the whole vocabulary after each call; `splits` are the sizes of the calls.
  std::vector<float> LastLogits(const std::vector<size_t>& splits) {
    DecodingState state = NewState();
    const std::vector<float> voice = Voice();
    size_t begin = 0;
    for (size_t count : splits) {
      const RowSegment segment{&state, std::span(kRows).subspan(begin, count), voice};
      model_->Forward(*ops_, std::span(&segment, 1), workspace_);
      begin += count;
    }
    EXPECT_EQ(begin, kRows.size());
    return model_->FullLogits(*ops_, 1, workspace_);
  }

  std::unique_ptr<kernels::Ops> ops_;
  std::unique_ptr<LanguageModel> model_;
  std::unique_ptr<kernels::KvPool> pool_;
  Workspace workspace_;
};

TEST_P(LanguageModelTest, EveryPrefillSplitGivesTheSameLogits) {
  const std::vector<float> whole = LastLogits({kRows.size()});
  for (size_t first = 1; first < kRows.size(); ++first) {
    EXPECT_EQ(LastLogits({first, kRows.size() - first}), whole) << first;
  }
  EXPECT_EQ(LastLogits(std::vector<size_t>(kRows.size(), 1)), whole);
}

TEST_P(LanguageModelTest, AnyBatchEqualsEachSequenceAlone) {
  const std::vector<float> voice = Voice();
  for (size_t size : {1, 2, 5, 16}) {
    std::vector<DecodingState> states;
    std::vector<RowSegment> batch;
    for (size_t i = 0; i < size; ++i) states.push_back(NewState());
    for (size_t i = 0; i < size; ++i) {
      batch.push_back({&states[i], std::span(kRows).first(1 + (3 + 5 * i) % kRows.size()), voice});
    }
    model_->Forward(*ops_, batch, workspace_);
    const std::vector<float> together =
        model_->FullLogits(*ops_, static_cast<int64_t>(size), workspace_);
    const auto width = static_cast<size_t>(model_->config().vocab_size);
    for (size_t i = 0; i < size; ++i) {
      DecodingState state = NewState();
      const RowSegment alone{&state, batch[i].rows, voice};
      model_->Forward(*ops_, std::span(&alone, 1), workspace_);
      const std::vector<float> expected = model_->FullLogits(*ops_, 1, workspace_);
      EXPECT_TRUE(std::equal(expected.begin(), expected.end(), together.begin() + i * width))
          << "sequence " << i << " of " << size;
    }
  }
}

TEST_P(LanguageModelTest, ThreadCountsGiveTheSameLogits) {
  const std::vector<float> expected = LastLogits({kRows.size()});
  for (int threads : {1, 3}) {
    const auto ops = kernels::MakeOps("auto", threads);
    const auto model = RandomModel(ops->device(), RandomModelConfig(4), GetParam(), 1);
    kernels::KvPool pool(ops->device(), KvShapeOf(model->config()));
    DecodingState state(pool, model->config(), 64);
    const std::vector<float> voice = Voice();
    Workspace workspace;
    const RowSegment segment{&state, kRows, voice};
    model->Forward(*ops, std::span(&segment, 1), workspace);
    EXPECT_EQ(model->FullLogits(*ops, 1, workspace), expected) << threads;
  }
}

TEST_P(LanguageModelTest, CopiedAndSavedStatesGoOnIdentically) {
  const std::vector<float> voice = Voice();
  const auto path = std::filesystem::path(testing::TempDir()) / "decoding_state.safetensors";
  for (size_t at : {size_t{1}, size_t{2}, size_t{9}, kRows.size() - 1}) {
    DecodingState state = NewState();
    const RowSegment head{&state, std::span(kRows).first(at), voice};
    model_->Forward(*ops_, std::span(&head, 1), workspace_);
    DecodingState copy = state.Clone();
    state.Save(path);
    DecodingState loaded = DecodingState::Load(*ops_, *pool_, model_->config(), 64, path);
    EXPECT_EQ(loaded.rows(), state.rows());
    EXPECT_EQ(loaded.NextPosition(), state.NextPosition());
    std::vector<std::vector<float>> results;
    for (DecodingState* from : {&state, &copy, &loaded}) {
      const RowSegment rest{from, std::span(kRows).subspan(at), voice};
      model_->Forward(*ops_, std::span(&rest, 1), workspace_);
      results.push_back(model_->FullLogits(*ops_, 1, workspace_));
    }
    EXPECT_EQ(results[1], results[0]) << at;
    EXPECT_EQ(results[2], results[0]) << at;
  }
  std::filesystem::remove(path);
}

TEST_P(LanguageModelTest, SlotLogitsAreTheirPartOfTheFullOnes) {
  const std::vector<float> full = LastLogits({kRows.size()});
  for (int64_t slot = 0; slot < 4; ++slot) {
    std::vector<std::vector<float>> logits;
    model_->SlotLogits(*ops_, std::span(&slot, 1), workspace_, logits);
    const SlotRange range = model_->RangeOfSlot(slot);
    ASSERT_EQ(logits[0].size(), static_cast<size_t>(range.count));
    EXPECT_TRUE(std::equal(logits[0].begin(), logits[0].end(), full.begin() + range.first_token));
  }
}

TEST_P(LanguageModelTest, VoiceChangesTheLogits) {
  DecodingState a = NewState(), b = NewState();
  const std::vector<float> voice = Voice(5), other = Voice(6);
  const RowSegment batch[] = {{&a, kRows, voice}, {&b, kRows, other}};
  model_->Forward(*ops_, batch, workspace_);
  const std::vector<float> logits = model_->FullLogits(*ops_, 2, workspace_);
  const auto width = static_cast<size_t>(model_->config().vocab_size);
  EXPECT_FALSE(std::equal(logits.begin(), logits.begin() + width, logits.begin() + width));
}

TEST_P(LanguageModelTest, ARefusedCallLeavesTheStateAsItWas) {
  DecodingState state = NewState();
  const std::vector<float> voice = Voice(), short_voice(3);
  const std::vector<int32_t> bad_token{1, 100000}, too_many(65, 1);
  for (const RowSegment& segment :
       {RowSegment{&state, bad_token, voice}, RowSegment{&state, too_many, voice},
        RowSegment{&state, kRows, short_voice}}) {
    EXPECT_THROW(model_->Forward(*ops_, std::span(&segment, 1), workspace_), Error);
    EXPECT_EQ(state.rows(), 0);
  }
}

TEST_P(LanguageModelTest, SegmentsWithoutRowsAndSharedStatesAreRefused) {
  DecodingState state = NewState(), other = NewState();
  const std::vector<float> voice = Voice();
  const RowSegment whole{&state, kRows, voice}, none{&other, {}, voice};
  for (const auto& batch : {std::vector{whole, none}, std::vector{whole, whole}}) {
    EXPECT_THROW(model_->Forward(*ops_, batch, workspace_), Error);
    EXPECT_EQ(state.rows(), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(WeightFormats, LanguageModelTest, testing::ValuesIn(Formats()),
                         [](const auto& info) {
                           return std::string(kernels::WeightFormatName(info.param));
                         });

int64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t size = 0, resident = 0;
  statm >> size >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

TEST(DecodingStateTest, MemoryGrowsWithTheRowsInUse) {
  model::LmConfig config = RandomModelConfig(4);
  config.num_key_value_heads = 8;
  config.head_dim = 64;
  constexpr int64_t kRowBytes = 2 * 2 * 8 * 64 * 4, kMiB = 1 << 20;  // two layers with attention
  const auto device = kernels::MakeDevice("auto");
  kernels::KvPool pool(*device, KvShapeOf(config));
  const int64_t before = ResidentBytes();
  DecodingState state(pool, config, 10000);
  EXPECT_EQ(pool.blocks(), 0);
  EXPECT_LT(ResidentBytes() - before, kMiB);
  state.Reserve(1);
  EXPECT_EQ(pool.blocks(), 1);
  state.Reserve(4000);
  EXPECT_EQ(static_cast<int64_t>(pool.block_bytes()) * pool.blocks(), 4000 * kRowBytes);
  const int64_t grown = ResidentBytes() - before;
  EXPECT_GT(grown, 4000 * kRowBytes * 9 / 10);
  EXPECT_LT(grown, 4000 * kRowBytes * 3 / 2) << "of 10,000 rows, 4,000 in use";
  EXPECT_THROW(state.Reserve(10001), Error);
}

TEST(LanguageModelLoadTest, EveryTensorThatIsNotFiniteIsRefusedByName) {
  const auto device = kernels::MakeDevice("auto");
  const model::LmConfig config = RandomModelConfig(2);
  const std::vector<formats::NamedTensor> tensors = RandomTensors(config, 1);
  for (size_t i = 0; i < tensors.size(); ++i) {
    for (const float bad : {std::nanf(""), -std::numeric_limits<float>::infinity()}) {
      std::vector<formats::NamedTensor> damaged = tensors;
      std::vector<std::byte>& bytes = damaged[i].bytes;
      std::memcpy(bytes.data() + bytes.size() - sizeof(bad), &bad, sizeof(bad));
      try {
        ModelOf(*device, config, damaged, WeightFormat::kInt8);
        FAIL() << tensors[i].name;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kInvalidFile);
        EXPECT_NE(std::string(error.what()).find(tensors[i].name), std::string::npos)
            << error.what();
      }
    }
  }
}

/// The tensors as a checkpoint of another element type stores them.
std::vector<formats::NamedTensor> Stored(std::vector<formats::NamedTensor> tensors, DType dtype) {
  for (formats::NamedTensor& tensor : tensors) {
    const std::vector<float> values =
        TensorView{.dtype = tensor.dtype, .shape = tensor.shape, .bytes = tensor.bytes}.Floats();
    std::vector<uint16_t> halves;
    for (const float value : values) {
      halves.push_back(dtype == DType::kF16 ? FloatToF16(value) : FloatToBf16(value));
    }
    const auto bytes = std::as_bytes(std::span(halves));
    tensor.dtype = dtype;
    tensor.bytes.assign(bytes.begin(), bytes.end());
  }
  return tensors;
}

TEST(LanguageModelLoadTest, NoCheckpointLosesBitsUnasked) {
  const auto device = kernels::MakeDevice("auto");
  const model::LmConfig config = RandomModelConfig(2);
  const std::vector<formats::NamedTensor> tensors = RandomTensors(config, 1);
  EXPECT_EQ(ModelOf(*device, config, tensors, {})->format(), WeightFormat::kFp32);
  EXPECT_EQ(ModelOf(*device, config, Stored(tensors, DType::kF16), {})->format(),
            WeightFormat::kFp32);
  const auto narrow = ModelOf(*device, config, Stored(tensors, DType::kBF16), {});
  EXPECT_EQ(narrow->format(), WeightFormat::kBf16);
  // Each matrix for itself: one of the layers is wider than the others.
  std::vector<formats::NamedTensor> mixed = Stored(tensors, DType::kBF16);
  const auto is_gate = [](const auto& t) {
    return t.name == "model.layers.2.feed_forward.w1.weight";
  };
  *std::find_if(mixed.begin(), mixed.end(), is_gate) =
      *std::find_if(tensors.begin(), tensors.end(), is_gate);
  EXPECT_EQ(ModelOf(*device, config, mixed, {})->weight_bytes() - narrow->weight_bytes(),
            static_cast<size_t>(2 * 2 * 80 * 48));
}

}  // namespace
}  // namespace kani::lm
