#include "text/normalizer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/random.h"

namespace kani::text {
namespace {

struct Case {
  std::string written;
  std::string spoken;
};

std::vector<std::string> Lines(const char* name) {
  const std::filesystem::path path = std::filesystem::path(KANI_TEST_DATA) / "text" / name;
  std::istringstream file(ReadTextFile(path, 1 << 20));
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::vector<Case> Cases(const char* name) {
  std::vector<Case> cases;
  for (const std::string& line : Lines(name)) {
    if (line.starts_with("# ")) continue;
    const size_t tab = line.find('\t');
    if (tab == std::string::npos) {
      ADD_FAILURE() << name << ": no tab in '" << line << "'";
      continue;
    }
    cases.push_back({line.substr(0, tab), line.substr(tab + 1)});
  }
  return cases;
}

void ExpectEveryCase(const char* name, const char* language) {
  const std::vector<Case> cases = Cases(name);
  EXPECT_GE(cases.size(), 150u);
  for (const Case& c : cases) {
    EXPECT_EQ(Normalize(c.written, language), c.spoken) << "written: " << c.written;
  }
}

TEST(NormalizerTest, SaysEveryEnglishCase) { ExpectEveryCase("english.tsv", "en"); }

TEST(NormalizerTest, SaysEverySpanishCase) { ExpectEveryCase("spanish.tsv", "es"); }

TEST(NormalizerTest, HasNothingLeftToSayTheSecondTime) {
  for (const auto& [name, language] :
       {std::pair("english.tsv", "en"), std::pair("spanish.tsv", "es")}) {
    for (const Case& c : Cases(name)) {
      const std::string once = Normalize(c.written, language);
      EXPECT_EQ(Normalize(once, language), once) << "written: " << c.written;
    }
  }
}

TEST(NormalizerTest, LeavesPlainTextByteForByte) {
  const std::vector<std::string> lines = Lines("unchanged.txt");
  EXPECT_GE(lines.size(), 20u);
  std::string whole;
  for (const std::string& line : lines) {
    for (const char* language : {"en", "es", "", "ky"}) {
      EXPECT_EQ(Normalize(line, language), line) << language;
    }
    whole += line + "\r\n\n";
  }
  for (const char* language : {"en", "es"}) EXPECT_EQ(Normalize(whole, language), whole);
}

TEST(NormalizerTest, LeavesRandomSentencesOfPlainWordsByteForByte) {
  const std::vector<std::string> pieces = {
      "word",   "palabra", "Über",  "naïve",  "e\u0301l", "niño", "¿qué?",  "¡no!",
      "it's",   "don’t",   "(yes)", "\"so\"", "«sí»",     "a-b",  "and/or", "x",
      "NASA",   "etc",     "No.",   "no.",    "—",        "…",    "- ",     ",",
      ";",      ":",       ".",     "!",      "?",        "\n",   "\t",     "  ",
      "\u00A0", "“quote”", "слово", "字",     "I",        "mix",  "Ming’s", "J."};
  const CounterRandom random(7);
  for (uint64_t round = 0; round < 3000; ++round) {
    std::string text;
    for (uint64_t i = 0; i < 12; ++i) {
      if (i > 0) text += ' ';
      text += pieces[random.Bits(round * 16 + i) % pieces.size()];
    }
    ASSERT_EQ(Normalize(text, "en"), text);
    ASSERT_EQ(Normalize(text, "es"), text);
  }
}

TEST(NormalizerTest, EndsForAnyMixtureAndLeavesNoAsciiDigit) {
  const std::vector<std::string> pieces = {
      "1",  "12",  "007", "1,234", "1.234", "3.5", "2,5",   "1/2",   "½",       "-",     "–",
      "$",  "€",   "%",   "°",     "C",     "km",  "/h",    "h",     "am",      "p.m.",  ":",
      "30", ".",   ",",   "/",     "x",     "@",   "a",     "b.com", "http://", "#",     "&",
      "+",  "=",   "(",   ")",     "'",     "s",   "th",    "º",     "ª",       "March", "enero",
      "de", "No.", "St.", "etc.",  "II",    "VI",  "Henry", "siglo", " ",       " ",     " ",
      "\n", "👍",   "é",   "²",     "2024",  "00",  "555",   "1234",  "M",       "k"};
  const CounterRandom random(11);
  for (uint64_t round = 0; round < 20000; ++round) {
    std::string text;
    for (uint64_t i = 0; i < 10; ++i) text += pieces[random.Bits(round * 16 + i) % pieces.size()];
    for (const char* language : {"en", "es"}) {
      const std::string said = Normalize(text, language);
      ASSERT_EQ(said.find_first_of("0123456789"), std::string::npos) << text << " -> " << said;
    }
  }
}

TEST(NormalizerTest, ReadsLongNumbersDigitByDigit) {
  const std::string said = Normalize(std::string(100'000, '7'), "en");
  EXPECT_EQ(said.size(), 100'000 * 6 - 1);
  EXPECT_TRUE(said.starts_with("seven seven "));
}

TEST(NormalizerTest, TakesLinearTimeOnHostileText) {
  const std::vector<std::string> patterns = {
      "1",      "1 ",     "1,234,", "1.",         "1-",    "1/",     "a.",   "a@",    "a1",
      "(1",     "$",      "-",      "'",          "1:",    "Mr. ",   "I ",   "http:", "x1",
      "ab",     "A. ",    "1 1/2 ", "+1 ",        "1x",    "Jan 1",  "é",    "1º",    "½",
      "12:30-", "a.com/", "1,1",    "1\u00A0234", "aaaa.", "&",      "1 o ", "1.15-", "a:",
      "–1 ",    "\"1",    "II ",    "A II ",      "^1",    "⁴",      "1e",   "1st ",  "x - ",
      "1 - ",   "1 N A ", "PIN 1 ", "1'2\"",      "1/2rd", "1s",     "1h",   "la 1 ", "la I ",
      "Jan-",   "Mon-",   "$1 ",    "1 mil ",     "Oak ",  "A, NV ", "1:1-"};
  const auto seconds = [](const std::string& text, const char* language) {
    const auto start = std::chrono::steady_clock::now();
    Normalize(text, language);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  for (const std::string& pattern : patterns) {
    std::string text;
    while (text.size() < 100'000) text += pattern;
    for (const char* language : {"en", "es"}) {
      // Quadratic work on 100 kB takes minutes; the bound leaves room for sanitisers.
      EXPECT_LT(seconds(text, language), 10.0) << "pattern '" << pattern << "' " << language;
    }
  }
}

TEST(NormalizerTest, RefusesInvalidUtf8) {
  for (const std::string& text :
       {std::string("a\xFF"), std::string("\xC3"), std::string("\xED\xA0\x80"),
        std::string("\xC0\xAF"), std::string("\xF4\x90\x80\x80")}) {
    try {
      Normalize(text, "en");
      FAIL() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    }
  }
}

TEST(NormalizerTest, KnowsTheBaseOfATag) {
  EXPECT_EQ(BaseLanguage("en_us"), "en");
  EXPECT_EQ(BaseLanguage("es-MX"), "es");
  EXPECT_EQ(BaseLanguage("ky"), "ky");
  EXPECT_EQ(BaseLanguage(""), "");
}

TEST(NormalizerTest, ReadsDatesOfDigitsInTheOrderOfTheTag) {
  EXPECT_EQ(Normalize("on 3/4/2025", "en"), "on March fourth, twenty twenty-five");
  EXPECT_EQ(Normalize("on 3/4/2025", "en_us"), "on March fourth, twenty twenty-five");
  for (const char* tag : {"en-gb", "en_GB", "en-au"}) {
    EXPECT_EQ(Normalize("on 3/4/2025", tag), "on April third, twenty twenty-five") << tag;
    EXPECT_EQ(Normalize("on 12/25/2025", tag), "on December twenty-fifth, twenty twenty-five");
  }
  EXPECT_EQ(Normalize("el 3/4/2025", "es-mx"), "el tres de abril de dos mil veinticinco");
}

TEST(NormalizerTest, OnlyDropsTheUnspeakableInOtherLanguages) {
  EXPECT_EQ(Normalize("Um 10 Uhr 😀 & 5%", "de"), "Um 10 Uhr  & 5%");
}

TEST(DropUnspeakableTest, WarnsOnceAndNamesWhatItDropped) {
  std::vector<std::string> warnings;
  const auto sink = [&](std::string_view line) { warnings.emplace_back(line); };
  EXPECT_EQ(DropUnspeakable("a\u0007😀b 👨‍👩‍👧 │\uE000 c", sink), "a b   c");
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("U+1F600"), std::string::npos) << warnings[0];
  EXPECT_NE(warnings[0].find("U+0007"), std::string::npos) << warnings[0];
  EXPECT_EQ(warnings[0].find('\n'), std::string::npos);
}

TEST(DropUnspeakableTest, IsSilentWhenAllCanBeSpoken) {
  for (const std::string& line : Lines("unchanged.txt")) {
    EXPECT_EQ(DropUnspeakable(line, [](std::string_view warning) { FAIL() << warning; }), line);
  }
}

TEST(DropUnspeakableTest, DropsWhatHasNoSound) {
  const std::vector<Case> cases = {
      {std::string("a\0b", 3), "ab"},
      {"soft\u00ADhyphen", "softhyphen"},
      {"zero\u200Bwidth\uFEFF", "zerowidth"},
      {"right\u202Eto left", "rightto left"},
      {"1\uFE0F\u20E3", "1"},
      {"♥ ☎️ ✓", "  "},
      {"a → b", "a  b"},
      {"┌──┐", ""},
      {"\u0301start", "start"},
      {"Acme™ and Brand®", "Acme and Brand"},
      {"nota\uFFFEbene", "notabene"},
      {"hello🙂world", "hello world"},
  };
  for (const Case& c : cases) EXPECT_EQ(DropUnspeakable(c.written), c.spoken) << c.written;
}

TEST(DropUnspeakableTest, KeepsJoinersInsideWords) {
  EXPECT_EQ(DropUnspeakable("می\u200Cخواهم"), "می\u200Cخواهم");
  EXPECT_EQ(DropUnspeakable("क्\u200Dष"), "क्\u200Dष");
}

}  // namespace
}  // namespace kani::text
