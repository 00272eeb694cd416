#include "apps/server/voice_library.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "apps/server/api_error.h"
#include "base/testing.h"

namespace kani::server {
namespace {

ModelVoices Mini() {
  return {.folder = std::filesystem::path(KANI_MODELS) / "mini/voices",
          .embedding_size = 128,
          .language_tags = {"en", "es"}};
}

/// "status code" of the ApiError that `call` throws, or "accepted".
template <typename Call>
std::string Refusal(Call call) {
  try {
    call();
    return "accepted";
  } catch (const ApiError& error) {
    return StrCat(error.status(), " ", error.code());
  }
}

voices::Voice Voice(std::string name) {
  voices::Voice voice{.name = std::move(name), .embedding = std::vector<float>(128)};
  voice.embedding[0] = 1;
  return voice;
}

TEST(VoiceLibraryTest, OpenAisNamesMeanTheVoiceThatTheModelCallsItsDefault) {
  const TestFolder folder;
  VoiceLibrary library(folder.path(), {});
  for (const char* alias : {"alloy", "ash", "ballad", "coral", "echo", "fable", "nova", "onyx",
                            "sage", "shimmer", "verse", "marin", "cedar"}) {
    EXPECT_EQ(library.Find(Mini(), alias).voice.name, "heart") << alias;
  }
  EXPECT_EQ(Refusal([&] { library.Find(Mini(), "speaker_1"); }), "404 voice_not_found");
}

TEST(VoiceLibraryTest, ANameThatMeansSomethingElseIsNoVoice) {
  const TestFolder folder;
  VoiceLibrary library(folder.path(), {});
  for (const char* name : {"random", "none"}) {
    EXPECT_EQ(Refusal([&] { library.Add(Mini(), Voice(name), {}, false); }), "400 invalid_value");
  }
}

TEST(VoiceLibraryTest, AVoiceIsStoredListedAndRemoved) {
  const TestFolder folder;
  VoiceLibrary library(folder / "made/later", {});
  const OfferedVoice added = library.Add(Mini(), Voice("anna"), true, false);
  EXPECT_FALSE(added.shipped);
  EXPECT_EQ(added.consent, true);
  EXPECT_TRUE(added.created.has_value());
  EXPECT_EQ(library.List(Mini()).front().voice.name, "anna");
  EXPECT_TRUE(std::filesystem::exists(folder / "made/later/anna.safetensors"));

  EXPECT_EQ(Refusal([&] { library.Add(Mini(), Voice("anna"), {}, false); }), "409 voice_exists");
  EXPECT_EQ(library.Add(Mini(), Voice("anna"), false, true).consent, false);
  for (const char* bad : {"", "../x", "a b", "a/b", "-x", ".hidden"}) {
    EXPECT_EQ(Refusal([&] { library.Add(Mini(), Voice(bad), {}, true); }), "400 invalid_value");
  }
  EXPECT_EQ(Refusal([&] { library.Add(Mini(), Voice("heart"), {}, true); }), "409 voice_exists");
  EXPECT_EQ(Refusal([&] { library.Add(Mini(), Voice("alloy"), {}, true); }), "409 voice_exists");

  EXPECT_EQ(Refusal([&] { library.Remove(Mini(), "heart"); }), "403 voice_ships");
  EXPECT_EQ(Refusal([&] { library.Remove(Mini(), "nobody"); }), "404 voice_not_found");
  library.Remove(Mini(), "anna");
  EXPECT_EQ(Refusal([&] { library.Find(Mini(), "anna"); }), "404 voice_not_found");
  EXPECT_TRUE(std::filesystem::is_empty(folder / "made/later"));
}

TEST(VoiceLibraryTest, AVoiceOfAnotherProgramIsThereAtOnce) {
  const TestFolder folder;
  VoiceLibrary library(folder.path(), {});
  EXPECT_EQ(Refusal([&] { library.Find(Mini(), "anna"); }), "404 voice_not_found");
  voices::SaveVoice(Voice("anna"), folder / "anna.safetensors");
  EXPECT_EQ(library.Find(Mini(), "anna").voice.name, "anna");
}

TEST(VoiceLibraryTest, MixesAndNumbersBecomeVoicesOfUnitLength) {
  const TestFolder folder;
  VoiceLibrary library(folder.path(), {});
  const auto length = [](const voices::Voice& voice) {
    double squares = 0;
    for (const float x : voice.embedding) squares += double{x} * x;
    return std::sqrt(squares);
  };
  VoiceReference mix{.mix = {{"heart", 0.5}, {"alloy", 0.25}, {"ines", 0.5}}};
  const voices::Voice mixed = library.Resolve(Mini(), mix);
  EXPECT_EQ(mixed.name, kInlineVoiceName);
  EXPECT_NEAR(length(mixed), 1, 1e-5);
  mix.mix.push_back({"nobody", 1});
  EXPECT_EQ(Refusal([&] { library.Resolve(Mini(), mix); }), "404 voice_not_found");

  VoiceReference numbers{.embedding = std::vector<float>(128, 3)};
  EXPECT_NEAR(length(library.Resolve(Mini(), numbers)), 1, 1e-5);
  numbers.embedding.pop_back();
  EXPECT_EQ(Refusal([&] { library.Resolve(Mini(), numbers); }), "400 invalid_value");
  numbers.embedding.assign(128, 0);
  EXPECT_TRUE(Failure([&] { library.Resolve(Mini(), numbers); }).starts_with("invalid_argument"));
}

}  // namespace
}  // namespace kani::server
