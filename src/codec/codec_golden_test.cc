// Every stage of decoder and encoder against what NeMo computed, for each archive of the goldens.
#include <gtest/gtest.h>

#include <filesystem>
#include <ostream>
#include <set>
#include <string>
#include <tuple>

#include "base/atomic_file.h"
#include "codec/codec.h"
#include "codec/test_devices.h"
#include "formats/json.h"
#include "formats/safetensors.h"

namespace kani::codec {
namespace {

struct Archive {
  std::string folder, file;
};
void PrintTo(const Archive& archive, std::ostream* out) {
  *out << archive.folder << "/" << archive.file;
}

class CodecGoldenTest : public testing::TestWithParam<std::tuple<Archive, std::string>> {
 protected:
  /// Compares named tensors with one file of the case, within the manifest's tolerances.
  class Expected {
   public:
    Expected(const std::filesystem::path& folder, const std::string& file)
        : store_(formats::OpenSafetensors(folder / file)),
          manifest_(formats::ParseJson(ReadTextFile(folder / "manifest.json", 1 << 20), "manifest")
                        .at("tensors")
                        .at(file)) {}

    const TensorView& operator[](const std::string& name) {
      compared_.insert(name);
      return store_->tensors().at(name);
    }
    /// `found` is [rows, columns], expected is [columns, rows].
    void Compare(std::string_view name, const float* found, int64_t rows, int64_t columns) {
      const std::string key(name);
      const TensorView& view = (*this)[key];
      ASSERT_EQ(view.shape, key == "audio" ? Shape{rows} : Shape({columns, rows})) << key;
      const std::vector<float> expected = view.Floats();
      const double tolerance = manifest_.at(key).at("tolerance_abs").get<double>();
      double worst = 0;
      for (int64_t r = 0; r < rows; ++r) {
        for (int64_t c = 0; c < columns; ++c) {
          const double difference = std::abs(static_cast<double>(found[r * columns + c]) -
                                             expected[static_cast<size_t>(c * rows + r)]);
          worst = difference <= worst ? worst : difference;  // NaN becomes the worst
        }
      }
      EXPECT_LE(worst, tolerance) << key;
    }
    Trace Tracer() {
      return [this](std::string_view name, const float* values, int64_t rows, int64_t columns) {
        Compare(name, values, rows, columns);
      };
    }
    std::vector<std::string> NotCompared() const {
      std::vector<std::string> names;
      for (const auto& [name, view] : store_->tensors()) {
        if (!compared_.contains(name)) names.push_back(name);
      }
      return names;
    }

   private:
    std::unique_ptr<formats::TensorStore> store_;
    nlohmann::json manifest_;
    std::set<std::string> compared_;
  };

  std::filesystem::path folder_ =
      std::filesystem::path(KANI_TEST_DATA) / "golden/codec" / std::get<0>(GetParam()).folder;
  std::unique_ptr<kernels::Ops> ops_ = kernels::MakeOps(std::get<1>(GetParam()), 2);
  Codec codec_{ops_->device(), model::OpenNemo(folder_ / std::get<0>(GetParam()).file),
               /*with_encoder=*/true};
};

/// [Q, F] to [F, Q].
std::vector<int32_t> Transposed(const TensorView& view) {
  const std::vector<int64_t> values = view.Ints();
  const auto rows = static_cast<size_t>(view.shape[0]),
             columns = static_cast<size_t>(view.shape[1]);
  std::vector<int32_t> out;
  for (size_t c = 0; c < columns; ++c) {
    for (size_t r = 0; r < rows; ++r) out.push_back(static_cast<int32_t>(values[r * columns + c]));
  }
  return out;
}

TEST_P(CodecGoldenTest, DecodesEveryStageAsTheOfficialCode) {
  Expected expected(folder_, "decode.safetensors");
  const TensorView& tokens = expected["tokens"];
  const std::vector<float> audio =
      codec_.Decode(*ops_, {tokens.shape[0], Transposed(tokens)}, expected.Tracer());
  expected.Compare("audio", audio.data(), std::ssize(audio), 1);
  EXPECT_EQ(expected.NotCompared(), std::vector<std::string>{});
}

TEST_P(CodecGoldenTest, EncodesEveryStageAsTheOfficialCode) {
  Expected expected(folder_, "encode.safetensors");
  const Codes codes = codec_.Encode(*ops_, expected["audio"].Floats(), expected.Tracer());
  EXPECT_EQ(codes.codebooks, expected["tokens"].shape[0]);
  EXPECT_EQ(codes.values, Transposed(expected["tokens"]));
  EXPECT_EQ(expected.NotCompared(), std::vector<std::string>{});
}

TEST_P(CodecGoldenTest, EncodesAShortClipOfABatchAsIfItWereAlone) {
  Expected expected(folder_, "encode_batch.safetensors");
  const std::vector<float> audio = expected["audio"].Floats();  // [2, S]
  const std::vector<int64_t> lengths = expected["audio_len"].Ints();
  const std::span<const float> clip =
      std::span(audio).subspan(audio.size() / 2, static_cast<size_t>(lengths[1]));
  const Codes codes = codec_.Encode(
      *ops_, clip, [&](std::string_view name, const float* values, int64_t rows, int64_t columns) {
        if (name == "encoded") expected.Compare("short_item_alone", values, rows, columns);
      });
  EXPECT_EQ(codes.frames(), expected["encoded_len"].Ints()[1]);
  // "encoded" is NeMo's batch, which lets the padding into the short clip.
  EXPECT_EQ(expected.NotCompared(), std::vector<std::string>{"encoded"});
}

INSTANTIATE_TEST_SUITE_P(
    Archives, CodecGoldenTest,
    testing::Combine(testing::Values(Archive{"four_codebooks_12fps", "old_names.nemo"},
                                     Archive{"four_codebooks_12fps", "new_names.nemo"},
                                     Archive{"eight_codebooks_21fps", "old_names.nemo"}),
                     testing::ValuesIn(TestDevices())),
    [](const auto& info) {
      const Archive& archive = std::get<0>(info.param);
      return archive.folder + "_" + archive.file.substr(0, archive.file.find('.')) + "_" +
             std::get<1>(info.param);
    });

}  // namespace
}  // namespace kani::codec
