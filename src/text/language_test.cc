#include "text/language.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"

namespace kani::text {
namespace {

void ExpectEverySentence(const std::string& language) {
  const std::filesystem::path path =
      std::filesystem::path(KANI_TEST_DATA) / "text" / ("sentences." + language + ".txt");
  std::istringstream file(ReadTextFile(path, 1 << 20));
  const std::vector<std::string> english_first = {"en", "es"};
  const std::vector<std::string> spanish_first = {"es", "en"};
  size_t sentences = 0;
  for (std::string line; std::getline(file, line); ++sentences) {
    // Whatever comes first is the answer to no evidence: both orders show that there was some.
    EXPECT_EQ(DetectLanguage(line, english_first), language) << line;
    EXPECT_EQ(DetectLanguage(line, spanish_first), language) << line;
  }
  EXPECT_GE(sentences, 60u);
}

TEST(LanguageTest, TellsEnglishSentences) { ExpectEverySentence("en"); }

TEST(LanguageTest, TellsSpanishSentences) { ExpectEverySentence("es"); }

TEST(LanguageTest, TakesTheFirstCandidateWithoutEvidence) {
  const std::vector<std::string> candidates = {"es", "en"};
  for (const char* text : {"OK", "", "123", "...", "NASA", "😀"}) {
    EXPECT_EQ(DetectLanguage(text, candidates), "es") << text;
  }
}

TEST(LanguageTest, TellsKirghizByItsLetters) {
  const std::vector<std::string> candidates = {"en", "es", "ky"};
  EXPECT_EQ(DetectLanguage("Кутмандуу күн, кандайсыз?", candidates), "ky");
}

TEST(LanguageTest, ResolvesTagsBasesAndSpellings) {
  const std::vector<std::string> tags = {"en_us", "en_glasg", "es_mx"};
  EXPECT_EQ(ResolveLanguage("en_glasg", tags, ""), "en_glasg");
  EXPECT_EQ(ResolveLanguage("EN_US", tags, ""), "en_us");
  EXPECT_EQ(ResolveLanguage("en-Glasg", tags, ""), "en_glasg");
  EXPECT_EQ(ResolveLanguage("en", tags, "hola"), "en_us");
  EXPECT_EQ(ResolveLanguage("es", tags, "hello"), "es_mx");
}

TEST(LanguageTest, DetectsAmongTheModelsTags) {
  const std::vector<std::string> tags = {"en_us", "en_glasg", "es_mx"};
  EXPECT_EQ(ResolveLanguage("auto", tags, "Hola, ¿qué tal?"), "es_mx");
  EXPECT_EQ(ResolveLanguage("", tags, "Where is it?"), "en_us");
  EXPECT_EQ(ResolveLanguage("Auto", tags, "OK"), "en_us");
  const std::vector<std::string> only_english = {"en_us"};
  EXPECT_EQ(ResolveLanguage("auto", only_english, "Hola, ¿qué tal?"), "en_us");
}

TEST(LanguageTest, ListsTheTagsWhenTheAskedOneIsUnknown) {
  const std::vector<std::string> tags = {"en_us", "es"};
  try {
    ResolveLanguage("fr", tags, "");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(std::string(error.what()).find("en_us, es"), std::string::npos) << error.what();
  }
  EXPECT_THROW(ResolveLanguage("en_bost", tags, ""), Error);
}

TEST(LanguageTest, AnswersNothingForAModelWithoutTags) {
  for (const char* asked : {"", "auto", "en", "ES"}) {
    EXPECT_EQ(ResolveLanguage(asked, {}, "Hello"), "") << asked;
  }
  EXPECT_THROW(ResolveLanguage("fr", {}, ""), Error);
  EXPECT_THROW(ResolveLanguage("en_us", {}, ""), Error);
}

}  // namespace
}  // namespace kani::text
