#include "voice_lookup.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "base/error.h"

namespace kani::cli {
namespace {

/// The user's folder is a temporary one.
class VoiceLookupTest : public testing::Test {
 protected:
  VoiceLookupTest() {
    std::string pattern = testing::TempDir() + "kani_voices_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    ::setenv("XDG_DATA_HOME", folder_.c_str(), 1);
  }
  ~VoiceLookupTest() override { std::filesystem::remove_all(folder_); }
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

model::Voice MakeVoice(const std::string& name, const std::string& language = "") {
  return {.name = name, .language = language, .embedding = {0.6f, 0.8f}};
}

TEST_F(VoiceLookupTest, NamesThatCannotBeFilesAreRefused) {
  for (const char* name : {"anna", "Anna-2_b", "7"}) EXPECT_TRUE(IsNewName(name)) << name;
  for (const std::string& name :
       {std::string(""), std::string("."), std::string(".."), std::string("a/b"), std::string("-o"),
        std::string(".hidden"), std::string("a\nb"), std::string("a.b"), std::string(65, 'a'),
        std::string("a\0b", 3), std::string("a b")}) {
    EXPECT_FALSE(IsNewName(name)) << name;
  }
}

TEST_F(VoiceLookupTest, ANameGoesToTheUsersFolderAndAFileStaysWhereItIs) {
  EXPECT_EQ(VoiceDestination("anna"), folder() / "kani" / "voices" / "anna.safetensors");
  EXPECT_TRUE(std::filesystem::is_directory(folder() / "kani" / "voices"));
  EXPECT_EQ(VoiceDestination((folder() / "anna.npy").string()), folder() / "anna.npy");
  EXPECT_THROW(VoiceDestination((folder() / "anna.mp3").string()), Error);
  EXPECT_THROW(VoiceDestination("bad name"), Error);
  EXPECT_THROW(VoiceDestination("/nowhere/anna.json"), Error);
}

TEST_F(VoiceLookupTest, TheUsersVoicesHideThoseOfTheModelAndDamagedOnesAreSkipped) {
  const std::filesystem::path model_folder = folder() / "model";
  std::filesystem::create_directory(model_folder);
  model::SaveVoice(MakeVoice("anna", "en"), model_folder / "anna.safetensors");
  model::SaveVoice(MakeVoice("ben", "en"), model_folder / "ben.safetensors");
  model::SaveVoice(MakeVoice("anna", "es"), VoiceDestination("anna"));
  std::ofstream(folder() / "kani" / "voices" / "broken.npy") << "nonsense";

  int warnings = 0;
  const auto voices = AllVoices(model_folder, 2, [&](std::string_view) { ++warnings; });
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

TEST_F(VoiceLookupTest, NamesWithDotsAndCollectionsAreReadFromTheUsersFolder) {
  const std::filesystem::path mine = VoiceDestination("anna").parent_path();
  model::SaveVoice(MakeVoice("anna", "es"), mine / "anna.safetensors");
  model::SaveVoice(MakeVoice("other"), mine / "dr. smith.v2.npy");
  model::SaveVoice(MakeVoice("other"), mine / "josé.json");
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

TEST_F(VoiceLookupTest, TheDefaultIsTheFirstVoiceOfTheLanguage) {
  const std::vector<model::Voice> voices{MakeVoice("a", "en_us"), MakeVoice("b", "en_gb"),
                                         MakeVoice("c", "es_mx"), MakeVoice("d")};
  EXPECT_EQ(DefaultVoice(voices, "en_gb"), 1u);
  EXPECT_EQ(DefaultVoice(voices, "en_au"), 0u);
  EXPECT_EQ(DefaultVoice(voices, "es"), 2u);
  EXPECT_EQ(DefaultVoice(voices, "de"), 3u);
  EXPECT_EQ(DefaultVoice(voices, ""), 3u);
  EXPECT_EQ(DefaultVoice(std::span(voices).first(3), "de"), 0u);
  EXPECT_EQ(DefaultVoice({}, "en"), std::nullopt);
}

TEST_F(VoiceLookupTest, AVoiceThatItsFileCallsDefaultComesFirstInItsLanguage) {
  std::vector<model::Voice> voices{MakeVoice("a", "en"), MakeVoice("b", "en"), MakeVoice("c", "es"),
                                   MakeVoice("d", "es")};
  voices[1].is_default = true;
  EXPECT_EQ(DefaultVoice(voices, "en"), 1u);
  EXPECT_EQ(DefaultVoice(voices, "en_gb"), 1u);
  EXPECT_EQ(DefaultVoice(voices, "es"), 2u);
  EXPECT_EQ(DefaultVoice(voices, "de"), 1u);
}

TEST_F(VoiceLookupTest, OneVoiceOfTheModelIsMarkedInEachLanguageAndNoneOfTheUsers) {
  const std::filesystem::path model_folder = folder() / "model";
  std::filesystem::create_directory(model_folder);
  for (const char* name : {"anna", "ben", "carl"}) {
    model::Voice voice = MakeVoice(name, "en");
    voice.is_default = std::string_view(name) == "ben";
    model::SaveVoice(voice, model_folder / (std::string(name) + ".json"));
  }
  model::SaveVoice(MakeVoice("dora", "es"), model_folder / "dora.json");
  model::Voice mine = MakeVoice("mine", "en");
  mine.is_default = true;
  model::SaveVoice(mine, VoiceDestination("mine"));
  std::string marked;
  for (const KnownVoice& known : AllVoices(model_folder, 2, {})) {
    if (known.is_default) marked += known.voice.name + " ";
  }
  EXPECT_EQ(marked, "ben dora ");
}

}  // namespace
}  // namespace kani::cli
