#include "apps/models/model_names.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "apps/models/inventory.h"
#include "base/atomic_file.h"
#include "base/error.h"

namespace kani::models {
namespace {

namespace fs = std::filesystem;

constexpr char kTable[] = R"({
  "repositories": {"acme/codec": {"kind": "codec", "codebooks": 4, "codebook_size": 4032},
                   "acme/encoder": {"kind": "speaker encoder", "embedding_size": 128}},
  "models": {"voice": {"language_model": "acme/voice", "codec": "acme/codec",
                       "speaker_encoder": "acme/encoder"}}})";

/// A cache of plain files, as tools without symbolic links write it.
class ModelNamesTest : public testing::Test {
 protected:
  ModelNamesTest() {
    catalogue_ = {.known = ParseKnownModels(kTable, "table", "/"), .cache = root_ / "hub"};
    fs::create_directories(catalogue_.cache);
  }
  ~ModelNamesTest() override { fs::remove_all(root_); }

  void Write(const fs::path& path, std::string_view text = "x") {
    fs::create_directories((root_ / path).parent_path());
    WriteFileAtomically(root_ / path, std::as_bytes(std::span(text)));
  }
  fs::path Repository(const std::string& id) const {
    return fs::path("hub") / hub::RepoId::Parse(id).Folder();
  }
  /// Adds a file to a commit that `ref` stands for; the digit is that of the commit.
  void Add(const std::string& id, const std::string& file, std::string_view text = "x",
           char digit = 'a', const std::string& ref = "main") {
    Write(Repository(id) / "refs" / ref, std::string(40, digit));
    Write(Repository(id) / "snapshots" / std::string(40, digit) / file, text);
  }
  void AddVoice(const std::string& id, char digit = 'a', const std::string& ref = "main") {
    Add(id, "config.json", ReadTextFile(fs::path(KANI_MODELS) / "mini/lm/config.json", 1 << 20),
        digit, ref);
    for (const char* file : {"model.safetensors", "tokenizer.json"}) {
      Add(id, file, "x", digit, ref);
    }
  }
  LocatedPart LocateVoice(const NamedModel& named) const {
    return Locate(catalogue_.cache, named.model.language_model, model::ModelPart::kLanguageModel);
  }

  const fs::path root_ =
      fs::path(testing::TempDir()) /
      StrCat("names_", testing::UnitTest::GetInstance()->current_test_info()->name());
  Catalogue catalogue_;
};

TEST_F(ModelNamesTest, ANameOfTheTableOrARepositoryNeedsNoCache) {
  EXPECT_EQ(FindName(catalogue_, "voice")->name, "voice");
  EXPECT_EQ(FindName(catalogue_, "acme/voice")->name, "voice");
  EXPECT_EQ(FindName(catalogue_, "voice@v1")->name, "voice@v1");
  EXPECT_EQ(FindName(catalogue_, "voice@v1")->model.language_model.repository->revision, "v1");
  EXPECT_EQ(FindName(catalogue_, "acme/other@v1")->name, "acme/other@v1");
  EXPECT_FALSE(FindName(catalogue_, "acme/other")->in_table);
}

TEST_F(ModelNamesTest, WhatCannotBeANameIsNone) {
  for (const char* name : {"", ".", "..", "/", "a/b/c", "/tmp/model", "other", "voice@", "voice@..",
                           "a b", "a\nb", "@", "@main", "-x"}) {
    EXPECT_FALSE(FindName(catalogue_, name).has_value()) << name;
  }
}

TEST_F(ModelNamesTest, TheLastPartOfARepositoryIsEnoughIfItIsTheOnlyOne) {
  AddVoice("acme/own");
  EXPECT_EQ(FindName(catalogue_, "own")->name, "acme/own");
  AddVoice("zoo/own");
  EXPECT_THROW(FindName(catalogue_, "own"), Error);
  EXPECT_EQ(FindName(catalogue_, "zoo/own")->name, "zoo/own");
}

TEST_F(ModelNamesTest, APartIsWholeWhenEverythingThatIsNeededIsThere) {
  const NamedModel voice = *FindName(catalogue_, "voice");
  EXPECT_EQ(LocateVoice(voice).missing, "config.json");
  EXPECT_FALSE(LocateVoice(voice).snapshot.has_value());
  Add("acme/voice", "config.json");
  EXPECT_EQ(LocateVoice(voice).missing, "tokenizer.json");
  EXPECT_TRUE(LocateVoice(voice).snapshot.has_value());
  Add("acme/voice", "tokenizer.json");
  EXPECT_EQ(LocateVoice(voice).missing, "model.safetensors");
  Add("acme/voice", "model.safetensors.index.json",
      R"({"metadata": {"total_size": 8},
          "weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}})");
  Add("acme/voice", "model-1.safetensors");
  EXPECT_FALSE(LocateVoice(voice).whole());
  Add("acme/voice", "model-2.safetensors");
  EXPECT_EQ(LocateVoice(voice).path,
            root_ / Repository("acme/voice") / "snapshots" / std::string(40, 'a'));
}

TEST_F(ModelNamesTest, ACheckpointOutsideTheTableFindsCodecAndEncoderByItsSizes) {
  AddVoice("acme/own");
  const fs::path folder = LocateVoice(*FindName(catalogue_, "acme/own")).path;
  ASSERT_FALSE(folder.empty());
  EXPECT_EQ(CodecFor(catalogue_.known, folder)->id.text(), "acme/codec");
  EXPECT_EQ(SpeakerEncoderFor(catalogue_.known, folder)->id.text(), "acme/encoder");
  model::ModelLookup lookup = LookupOf(catalogue_, *FindName(catalogue_, "own"), folder);
  EXPECT_THROW(model::FindModel(lookup), model::ModelPartError);
  Add("acme/codec", "any name.nemo");
  EXPECT_EQ(model::FindModel(lookup).codec.filename(), "any name.nemo");
  EXPECT_FALSE(model::FindModel(lookup).speaker_encoder.has_value());
  Add("acme/encoder", "config.json");
  Add("acme/encoder", "pytorch_model.bin");
  EXPECT_TRUE(model::FindModel(lookup).speaker_encoder.has_value());
  Write(fs::relative(folder, root_) / "codec.nemo");
  EXPECT_EQ(model::FindModel(lookup).codec, folder / "codec.nemo") << "what lies beside it wins";
}

TEST_F(ModelNamesTest, TheInventoryHasEveryModelThatCanSpeakUnderItsName) {
  AddVoice("acme/voice", 'a');
  AddVoice("acme/own", 'b', "v1");
  Add("acme/bert", "config.json", R"({"model_type": "bert"})");
  Add("acme/bert", "model.safetensors");
  Add("acme/codec", "codec.nemo");
  std::vector<std::string> names;
  for (const InventoryModel& model : Inventory(catalogue_, {}, {})) {
    names.push_back(model.name);
    EXPECT_TRUE(model.speaks()) << model.name;
    EXPECT_FALSE(model.clones()) << model.name;
    EXPECT_TRUE(FindInInventory(catalogue_, {}, model.name)->speaks()) << model.name;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"voice", "acme/own@v1"}));
}

TEST_F(ModelNamesTest, TheLicenceIsThatOfTheCard) {
  EXPECT_EQ(CardLicense(root_), "");
  Write("README.md", "---\nlicense: other\nlicense_name: \"lfm1.0\"\n---\nlicense: mit\n");
  EXPECT_EQ(CardLicense(root_), "lfm1.0");
  Write("README.md", "---\r\nlicense: mit\r\n---\r\n");
  EXPECT_EQ(CardLicense(root_), "");
  Write("README.md", "---\nlanguage: en\nlicense: 'apache-2.0'\n---\n");
  EXPECT_EQ(CardLicense(root_), "apache-2.0");
  Write("README.md", "# no head\n\nlicense: mit\n");
  EXPECT_EQ(CardLicense(root_), "");
  Write("README.md", "---\nlicense: mit");
  EXPECT_EQ(CardLicense(root_), "mit");
}

}  // namespace
}  // namespace kani::models
