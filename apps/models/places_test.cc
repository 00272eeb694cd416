#include "apps/models/places.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "apps/models/language_model.h"
#include "base/atomic_file.h"
#include "base/error.h"

namespace kani::models {
namespace {

namespace fs = std::filesystem;

/// A home of its own, by the variables that count most.
class PlacesTest : public testing::Test {
 protected:
  PlacesTest() {
    fs::create_directories(root_ / "config/kani");
    for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "HF_ENDPOINT"}) {
      ::unsetenv(name);
    }
    ::setenv("XDG_CONFIG_HOME", (root_ / "config").c_str(), 1);
    ::setenv("HF_HUB_CACHE", (root_ / "hub").c_str(), 1);
  }
  ~PlacesTest() override { fs::remove_all(root_); }

  void Write(const fs::path& path, std::string_view text = "x") {
    fs::create_directories((root_ / path).parent_path());
    WriteFileAtomically(root_ / path, std::as_bytes(std::span(text)));
  }

  const fs::path root_ =
      fs::path(testing::TempDir()) /
      StrCat("places_", testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(PlacesTest, TheDefaultModelIsKeptUntilItIsTakenBack) {
  EXPECT_EQ(DefaultModel(), std::nullopt);
  SetDefaultModel("kani-tts-2-en");
  EXPECT_EQ(DefaultModel(), "kani-tts-2-en");
  SetDefaultModel(std::nullopt);
  EXPECT_EQ(DefaultModel(), std::nullopt);
}

TEST_F(PlacesTest, OtherSettingsStayWhenTheModelChanges) {
  Write("config/kani/settings.json", R"({"theme": "dark"})");
  SetDefaultModel("mine");
  const std::string text = ReadTextFile(root_ / "config/kani/settings.json", 1000);
  EXPECT_NE(text.find("dark"), std::string::npos);
  EXPECT_EQ(DefaultModel(), "mine");
}

TEST_F(PlacesTest, SettingsThatAreNoneAreAnError) {
  for (const char* text : {"", "[]", "{", R"({"model": 7})", R"({"model": ""})", "\xFF"}) {
    Write("config/kani/settings.json", text);
    EXPECT_THROW(DefaultModel(), Error) << text;
  }
}

TEST_F(PlacesTest, TheTableThatShipsIsFoundAndTheUsersAddsToIt) {
  EXPECT_NE(LoadKnownModels().Find("kani-tts-2-en"), nullptr);
  EXPECT_EQ(LoadKnownModels().Find("mine"), nullptr);
  Write("config/kani/models.json", R"({"models": {"mine": {"language_model": "a/b"}}})");
  EXPECT_NE(LoadKnownModels().Find("mine"), nullptr);
  EXPECT_NE(LoadKnownModels().Find("kani-tts-2-en"), nullptr);
}

TEST_F(PlacesTest, AWrongEndpointIsNoReasonNotToFindTheCache) {
  ::setenv("HF_ENDPOINT", "nonsense", 1);
  EXPECT_EQ(CacheFolder(), root_ / "hub");
  EXPECT_THROW(HubSettings(), Error);
}

TEST_F(PlacesTest, ALanguageModelToTrainIsFoundByNameOrPath) {
  EXPECT_EQ(LanguageModelFolder(root_.string()), root_) << "a path stays as it is";
  EXPECT_EQ(LanguageModelFolder("mini").filename(), "lm");
  const auto failure = [](const std::string& name) -> std::string {
    try {
      return LanguageModelFolder(name).string();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kNotFound);
      return error.what();
    }
  };
  EXPECT_NE(failure("LFM2-350M").find("'kani pull LFM2-350M'"), std::string::npos);
  EXPECT_NE(failure("runs/latest").find("no such folder"), std::string::npos);
  EXPECT_NE(failure("nobody").find("no such folder"), std::string::npos);
  const std::string commit(40, 'a');
  const fs::path repository = "hub/models--LiquidAI--LFM2-350M";
  Write(repository / "refs/main", commit);
  for (const char* file : {"config.json", "tokenizer.json", "model.safetensors"}) {
    Write(repository / "snapshots" / commit / file);
  }
  for (const char* name : {"LFM2-350M", "LiquidAI/LFM2-350M", "LFM2-350M@main"}) {
    EXPECT_EQ(failure(name), (root_ / repository / "snapshots" / commit).string());
  }
}

}  // namespace
}  // namespace kani::models
