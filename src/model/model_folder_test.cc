#include "model/model_folder.h"

#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "base/error.h"

namespace kani::model {
namespace {

namespace fs = std::filesystem;

class ModelFolderTest : public testing::Test {
 protected:
  ModelFolderTest() { fs::create_directories(root_); }
  ~ModelFolderTest() override { fs::remove_all(root_); }

  void Write(const fs::path& path, std::string_view text = "x") {
    fs::create_directories((root_ / path).parent_path());
    WriteFileAtomically(root_ / path, std::as_bytes(std::span(text)));
  }
  void WriteModel(const fs::path& folder) {
    Write(folder / "config.json", R"({"model_type": "lfm2"})");
    Write(folder / "model.safetensors");
    Write(folder / "tokenizer.json");
  }
  void WriteSpeaker(const fs::path& folder) {
    Write(folder / "config.json", R"({"model_type": "wavlm"})");
    Write(folder / "model.safetensors");
  }
  ModelPaths Find(const std::string& model) const {
    return FindModel({.model = model, .search_path = {root_ / "nowhere", root_}});
  }
  std::string Failure(const ModelLookup& lookup) const {
    try {
      FindModel(lookup);
    } catch (const Error& error) {
      return error.what();
    }
    return "found";
  }
  const fs::path root_ =
      fs::path(testing::TempDir()) /
      StrCat("models_", testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(ModelFolderTest, OfficialFilesInOneFolder) {
  WriteModel("kani");
  Write("kani/nano-codec.nemo");
  WriteSpeaker("kani/speaker-emb-tbr");
  for (const std::string& given :
       {std::string("kani"), (root_ / "kani").string(), (root_ / "kani/").string(),
        (root_ / "kani/.").string(), (root_ / "kani/config.json").string(),
        (root_ / "kani/model.safetensors").string()}) {
    const ModelPaths paths = Find(given);
    EXPECT_EQ(paths.lm_folder, root_ / "kani") << given;
    EXPECT_EQ(paths.tokenizer, root_ / "kani/tokenizer.json");
    EXPECT_EQ(paths.codec, root_ / "kani/nano-codec.nemo");
    EXPECT_EQ(paths.speaker_encoder, root_ / "kani/speaker-emb-tbr");
    EXPECT_FALSE(paths.voices.has_value());
  }
}

TEST_F(ModelFolderTest, CodecAndSpeakerBesideTheModel) {
  WriteModel("kani");
  Write("nano-codec.nemo");
  WriteSpeaker("speaker-emb-tbr");
  Write("stranger/config.json", "not even JSON");
  Write("voices/anna.json");
  const ModelPaths paths = Find("kani");
  EXPECT_EQ(paths.codec, root_ / "nano-codec.nemo");
  EXPECT_EQ(paths.speaker_encoder, root_ / "speaker-emb-tbr");
  EXPECT_EQ(paths.voices, root_ / "voices");
}

TEST_F(ModelFolderTest, APackedModelHasItsPartsInNamedFolders) {
  WriteModel("mini/lm");
  Write("mini/codec.nemo");
  Write("mini/codec_next.nemo");
  WriteSpeaker("mini/speaker");
  Write("mini/voices/anna.json");
  for (const std::string& given : {std::string("mini"), (root_ / "mini/lm").string(),
                                   (root_ / "mini/lm/config.json").string()}) {
    const ModelPaths paths = Find(given);
    EXPECT_EQ(paths.lm_folder, root_ / "mini/lm") << given;
    EXPECT_EQ(paths.codec, root_ / "mini/codec.nemo");
    EXPECT_EQ(paths.speaker_encoder, root_ / "mini/speaker");
    EXPECT_EQ(paths.voices, root_ / "mini/voices");
  }
}

TEST_F(ModelFolderTest, GivenPartsWinOverThoseBesideTheModel) {
  WriteModel("kani");
  Write("kani/codec.nemo");
  Write("other/mine.nemo");
  WriteSpeaker("other/encoder");
  const ModelPaths paths = FindModel({.model = (root_ / "kani").string(),
                                      .codec = (root_ / "other/mine.nemo").string(),
                                      .speaker_encoder = (root_ / "other/encoder").string(),
                                      .search_path = {}});
  EXPECT_EQ(paths.codec, root_ / "other/mine.nemo");
  EXPECT_EQ(paths.speaker_encoder, root_ / "other/encoder");
}

TEST_F(ModelFolderTest, SeveralCodecsAreListed) {
  WriteModel("kani");
  Write("kani/a.nemo");
  Write("kani/b.nemo");
  const std::string message = Failure({.model = (root_ / "kani").string(), .search_path = {}});
  for (const char* part : {"a.nemo", "b.nemo"}) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
  EXPECT_EQ(FindModel({.model = (root_ / "kani").string(),
                       .codec = (root_ / "kani/b.nemo").string(),
                       .search_path = {}})
                .codec,
            root_ / "kani/b.nemo");
}

TEST_F(ModelFolderTest, WhatIsMissingIsNamedWithThePlaces) {
  WriteModel("kani");
  const std::string no_codec = Failure({.model = (root_ / "kani").string(), .search_path = {}});
  EXPECT_NE(no_codec.find("no codec: looked for codec.nemo"), std::string::npos) << no_codec;
  EXPECT_NE(no_codec.find((root_ / "kani").string()), std::string::npos) << no_codec;
  const std::string no_model = Failure({.model = "nobody", .search_path = {root_}});
  EXPECT_NE(no_model.find("'nobody'"), std::string::npos) << no_model;
  EXPECT_NE(no_model.find("known names: kani"), std::string::npos) << no_model;
  fs::remove(root_ / "kani/tokenizer.json");
  const std::string no_tokenizer = Failure({.model = "kani", .search_path = {root_}});
  EXPECT_NE(no_tokenizer.find("tokenizer.json"), std::string::npos) << no_tokenizer;
  for (const char* strange : {"", ".", "..", "/", "/dev/null", "a\nb"}) {
    EXPECT_THROW(Find(strange), Error) << strange;
  }
}

TEST_F(ModelFolderTest, LinksAreFollowedWhereTheyStand) {
  Write("blobs/1", R"({"model_type": "lfm2"})");
  Write("blobs/2");
  Write("cache/codec.nemo");
  fs::create_directories(root_ / "cache/snapshot");
  fs::create_symlink(root_ / "blobs/1", root_ / "cache/snapshot/config.json");
  fs::create_symlink(root_ / "blobs/2", root_ / "cache/snapshot/model.safetensors");
  fs::create_symlink(root_ / "blobs/2", root_ / "cache/snapshot/tokenizer.json");
  const ModelPaths paths = Find((root_ / "cache/snapshot/config.json").string());
  EXPECT_EQ(paths.lm_folder, root_ / "cache/snapshot");
  EXPECT_EQ(paths.codec, root_ / "cache/codec.nemo");
  EXPECT_FALSE(paths.speaker_encoder.has_value());
}

TEST_F(ModelFolderTest, LinksToNothingAreNamed) {
  fs::create_directories(root_ / "copied");
  fs::create_symlink("../../blobs/1", root_ / "copied/config.json");
  const std::string message = Failure({.model = (root_ / "copied").string(), .search_path = {}});
  EXPECT_NE(message.find("config.json': is a link to '../../blobs/1'"), std::string::npos)
      << message;
}

TEST_F(ModelFolderTest, WhatIsNeitherGivenNorBesideIsAskedForElsewhere) {
  WriteModel("kani");
  ModelLookup lookup{.model = (root_ / "kani").string(), .search_path = {}};
  std::vector<fs::path> asked;
  lookup.codec_elsewhere = lookup.speaker_encoder_elsewhere = [&](const fs::path& folder) {
    asked.push_back(folder);
    return std::optional<fs::path>("/elsewhere");
  };
  EXPECT_EQ(FindModel(lookup).codec, "/elsewhere");
  EXPECT_EQ(FindModel(lookup).speaker_encoder, "/elsewhere");
  EXPECT_EQ(asked, std::vector<fs::path>(4, root_ / "kani"));
  Write("kani/codec.nemo");
  WriteSpeaker("kani/speaker");
  EXPECT_EQ(FindModel(lookup).codec, root_ / "kani/codec.nemo");
  EXPECT_EQ(FindModel(lookup).speaker_encoder, root_ / "kani/speaker");
  EXPECT_EQ(asked.size(), 4u);
}

TEST_F(ModelFolderTest, WeightsAreWholeWhenEveryShardIsThere) {
  EXPECT_FALSE(HasWeights(root_));
  Write("model.safetensors.index.json",
        R"({"metadata": {"total_size": 8}, "weight_map": {"a": "1.safetensors",
            "b": "2.safetensors"}})");
  Write("1.safetensors");
  EXPECT_FALSE(HasWeights(root_));
  Write("2.safetensors");
  EXPECT_TRUE(HasWeights(root_));
}

TEST_F(ModelFolderTest, ListsModelsOfTheSearchPathOnce) {
  WriteModel("one/kani");
  WriteModel("two/kani");
  WriteModel("two/mini/lm");
  WriteSpeaker("two/speaker");
  Write("two/notes.txt");
  EXPECT_EQ(ListModels({root_ / "one", root_ / "two", root_ / "nowhere"}),
            (std::vector<std::string>{"kani", "mini"}));
}

TEST_F(ModelFolderTest, ErrorsSayWhichPartIsMeant) {
  const auto part_of = [](const ModelLookup& lookup) -> std::optional<ModelPart> {
    try {
      FindModel(lookup);
    } catch (const ModelPartError& error) {
      return error.part();
    }
    return std::nullopt;
  };
  WriteModel("kani");
  const std::string model = (root_ / "kani").string();
  EXPECT_EQ(part_of({.model = "nobody", .search_path = {}}), ModelPart::kLanguageModel);
  EXPECT_EQ(part_of({.model = model, .search_path = {}}), ModelPart::kCodec);
  EXPECT_EQ(part_of({.model = model, .codec = "none.nemo", .search_path = {}}), ModelPart::kCodec);
  Write("kani/codec.nemo");
  EXPECT_EQ(part_of({.model = model, .speaker_encoder = "none", .search_path = {}}),
            ModelPart::kSpeakerEncoder);
  EXPECT_EQ(part_of({.model = model, .search_path = {}}), std::nullopt);
}

}  // namespace
}  // namespace kani::model
