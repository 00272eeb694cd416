#include "voices/store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "base/error.h"

namespace kani::voices {
namespace {

/// The user's folder is a temporary one.
class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    std::string pattern = testing::TempDir() + "kani_voices_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~StoreTest() override { std::filesystem::remove_all(folder_); }
  const std::filesystem::path& folder() const { return folder_; }
  /// The user's folder of voices.
  std::filesystem::path mine() const { return folder_ / "mine"; }

 private:
  std::filesystem::path folder_;
};

Voice MakeVoice(const std::string& name, const std::string& language = "") {
  return {.name = name, .language = language, .embedding = {0.6f, 0.8f}};
}

TEST_F(StoreTest, NamesThatCannotBeFilesAreRefused) {
  for (const char* name : {"anna", "Anna-2_b", "7"}) EXPECT_TRUE(IsNewName(name)) << name;
  for (const std::string& name :
       {std::string(""), std::string("."), std::string(".."), std::string("a/b"), std::string("-o"),
        std::string(".hidden"), std::string("a\nb"), std::string("a.b"), std::string(65, 'a'),
        std::string("a\0b", 3), std::string("a b")}) {
    EXPECT_FALSE(IsNewName(name)) << name;
  }
}

TEST_F(StoreTest, ANewVoiceIsAFileOfTheUsersFolder) {
  const std::filesystem::path mine = this->mine() / "kani";
  EXPECT_EQ(NewVoiceFile(mine, "anna"), mine / "anna.safetensors");
  EXPECT_TRUE(std::filesystem::is_directory(mine));
  EXPECT_THROW(NewVoiceFile(mine, "bad name"), Error);
}

TEST_F(StoreTest, TheUsersVoicesHideThoseOfTheModelAndDamagedOnesAreSkipped) {
  const std::filesystem::path model_folder = folder() / "model";
  std::filesystem::create_directory(model_folder);
  SaveVoice(MakeVoice("anna", "en"), model_folder / "anna.safetensors");
  SaveVoice(MakeVoice("ben", "en"), model_folder / "ben.safetensors");
  SaveVoice(MakeVoice("anna", "es"), NewVoiceFile(mine(), "anna"));
  std::ofstream(mine() / "broken.npy") << "nonsense";

  int warnings = 0;
  const auto voices = AllVoices(mine(), model_folder, 2, [&](std::string_view) { ++warnings; });
  EXPECT_EQ(warnings, 1);
  ASSERT_EQ(voices.size(), 2u);
  EXPECT_EQ(FindVoice(voices, "anna").voice.language, "es");
  EXPECT_FALSE(FindVoice(voices, "anna").user_file.empty());
  EXPECT_TRUE(FindVoice(voices, "ben").user_file.empty());
  try {
    FindVoice(voices, "carl");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_NE(std::string(error.what()).find("anna, ben"), std::string::npos);
  }
}

TEST_F(StoreTest, NamesWithDotsAndCollectionsAreReadFromTheUsersFolder) {
  const std::filesystem::path mine = NewVoiceFile(this->mine(), "anna").parent_path();
  SaveVoice(MakeVoice("anna", "es"), mine / "anna.safetensors");
  SaveVoice(MakeVoice("other"), mine / "dr. smith.v2.npy");
  SaveVoice(MakeVoice("other"), mine / "josé.json");
  std::ofstream(mine / "voices.json") << R"({"zoe.b": [0.6, 0.8], "anna": [0.8, 0.6]})";
  std::ofstream(mine / "bad\nname.json") << "[0.6, 0.8]";

  std::vector<std::string> warnings;
  const auto voices = UserVoices(mine, [&](std::string_view line) { warnings.emplace_back(line); });
  ASSERT_EQ(voices.size(), 4u);
  EXPECT_EQ(voices[0].voice.name, "anna");
  EXPECT_EQ(voices[0].user_file, mine / "anna.safetensors");
  EXPECT_EQ(voices[1].voice.name, "dr. smith.v2");
  EXPECT_EQ(voices[2].voice.name, "josé");
  EXPECT_EQ(voices[3].voice.name, "zoe.b");
  EXPECT_EQ(voices[3].user_file, mine / "voices.json");
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_NE(warnings[0].find("bad\\x0Aname"), std::string::npos) << warnings[0];
  EXPECT_NE(warnings[1].find("'anna' is skipped"), std::string::npos) << warnings[1];
}

TEST_F(StoreTest, TheDefaultIsTheFirstVoiceOfTheLanguage) {
  const std::vector<Voice> voices{MakeVoice("a", "en_us"), MakeVoice("b", "en_gb"),
                                  MakeVoice("c", "es_mx"), MakeVoice("d")};
  EXPECT_EQ(DefaultVoice(voices, "en_gb"), 1u);
  EXPECT_EQ(DefaultVoice(voices, "en_au"), 0u);
  EXPECT_EQ(DefaultVoice(voices, "es"), 2u);
  EXPECT_EQ(DefaultVoice(voices, "de"), 3u);
  EXPECT_EQ(DefaultVoice(voices, ""), 3u);
  EXPECT_EQ(DefaultVoice(std::span(voices).first(3), "de"), 0u);
  EXPECT_EQ(DefaultVoice({}, "en"), std::nullopt);
}

TEST_F(StoreTest, AVoiceThatItsFileCallsDefaultComesFirstInItsLanguage) {
  std::vector<Voice> voices{MakeVoice("a", "en"), MakeVoice("b", "en"), MakeVoice("c", "es"),
                            MakeVoice("d", "es")};
  voices[1].is_default = true;
  EXPECT_EQ(DefaultVoice(voices, "en"), 1u);
  EXPECT_EQ(DefaultVoice(voices, "en_gb"), 1u);
  EXPECT_EQ(DefaultVoice(voices, "es"), 2u);
  EXPECT_EQ(DefaultVoice(voices, "de"), 1u);
}

TEST_F(StoreTest, OneVoiceOfTheModelIsMarkedInEachLanguageAndNoneOfTheUsers) {
  const std::filesystem::path model_folder = folder() / "model";
  std::filesystem::create_directory(model_folder);
  for (const char* name : {"anna", "ben", "carl"}) {
    Voice voice = MakeVoice(name, "en");
    voice.is_default = std::string_view(name) == "ben";
    SaveVoice(voice, model_folder / (std::string(name) + ".json"));
  }
  SaveVoice(MakeVoice("dora", "es"), model_folder / "dora.json");
  Voice own = MakeVoice("mine", "en");
  own.is_default = true;
  SaveVoice(own, NewVoiceFile(mine(), "mine"));
  std::string marked;
  for (const KnownVoice& known : AllVoices(mine(), model_folder, 2, {})) {
    if (known.is_default) marked += known.voice.name + " ";
  }
  EXPECT_EQ(marked, "ben dora ");
}

}  // namespace
}  // namespace kani::voices
