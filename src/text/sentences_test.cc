#include "text/sentences.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "text/unicode.h"

namespace kani::text {
namespace {

std::vector<std::string> Texts(const std::vector<TextChunk>& chunks) {
  std::vector<std::string> texts;
  for (const TextChunk& chunk : chunks) texts.push_back(chunk.text);
  return texts;
}

std::vector<int> Pauses(const std::vector<TextChunk>& chunks) {
  std::vector<int> pauses;
  for (const TextChunk& chunk : chunks) pauses.push_back(chunk.pause_after_ms);
  return pauses;
}

std::string WithoutSpaces(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = DecodeAt(text, at);
    if (!IsSpace(c.value)) out += text.substr(at, c.bytes);
    at += c.bytes;
  }
  return out;
}

size_t Characters(std::string_view text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size(); ++count) at += DecodeAt(text, at).bytes;
  return count;
}

void ExpectGoodChunks(const std::string& text, const char* language, size_t max_characters) {
  std::string joined;
  const std::vector<TextChunk> chunks = SplitText(text, language, max_characters);
  for (const TextChunk& chunk : chunks) {
    ASSERT_FALSE(WithoutSpaces(chunk.text).empty());
    ASSERT_LE(Characters(chunk.text), max_characters) << chunk.text;
    ASSERT_FALSE(IsSpace(DecodeAt(chunk.text, 0).value));
    ASSERT_FALSE(IsSpace(DecodeBefore(chunk.text, chunk.text.size()).value));
    joined += WithoutSpaces(chunk.text);
  }
  ASSERT_EQ(joined, WithoutSpaces(text));
  if (!chunks.empty()) {
    ASSERT_EQ(chunks.back().pause_after_ms, 0);
  }
}

using Strings = std::vector<std::string>;

TEST(SentencesTest, KeepsAShortTextWhole) {
  EXPECT_EQ(Texts(SplitText("  Hello there.  How are you? ", "en", 100)),
            Strings{"Hello there.  How are you?"});
}

TEST(SentencesTest, HasNoChunkForBlankText) {
  EXPECT_TRUE(SplitText("", "en", 100).empty());
  EXPECT_TRUE(SplitText(" \n\n\t ", "en", 100).empty());
}

TEST(SentencesTest, PacksSentencesGreedily) {
  const auto chunks = SplitText("One is here. Two is here. Three is here. Four.", "en", 30);
  EXPECT_EQ(Texts(chunks), (Strings{"One is here. Two is here.", "Three is here. Four."}));
  EXPECT_EQ(Pauses(chunks), (std::vector<int>{200, 0}));
}

TEST(SentencesTest, FillsAChunkToTheLastCharacter) {
  EXPECT_EQ(Texts(SplitText("Ten chars. Nine char.", "en", 21)).size(), 1u);
  EXPECT_EQ(Texts(SplitText("Ten chars. Nine char.", "en", 20)).size(), 2u);
}

TEST(SentencesTest, PausesLongerBetweenParagraphs) {
  const auto chunks = SplitText("Title\r\n\r\nFirst line\nsecond line.\n \nLast.", "en", 100);
  EXPECT_EQ(Texts(chunks), (Strings{"Title", "First line second line.", "Last."}));
  EXPECT_EQ(Pauses(chunks), (std::vector<int>{500, 500, 0}));
}

TEST(SentencesTest, DoesNotEndSentencesAtAbbreviations) {
  EXPECT_EQ(Texts(SplitText("Then Mr. Smith saw Dr. Jones. They left.", "en", 30)),
            (Strings{"Then Mr. Smith saw Dr. Jones.", "They left."}));
  EXPECT_EQ(Texts(SplitText("A book by J. R. R. Tolkien. It is long.", "en", 30)),
            (Strings{"A book by J. R. R. Tolkien.", "It is long."}));
  EXPECT_EQ(Texts(SplitText("Vino el Sr. Gil con la Sra. Paz. Se fueron.", "es", 34)),
            (Strings{"Vino el Sr. Gil con la Sra. Paz.", "Se fueron."}));
}

TEST(SentencesTest, CutsLongSentencesAtClauses) {
  const auto chunks =
      SplitText("When the rain stops, we will go out; until then, we wait.", "en", 40);
  EXPECT_EQ(Texts(chunks),
            (Strings{"When the rain stops, we will go out;", "until then, we wait."}));
  EXPECT_EQ(Pauses(chunks), (std::vector<int>{100, 0}));
}

TEST(SentencesTest, DoesNotCutNumbersAtTheirMarks) {
  EXPECT_EQ(Texts(SplitText("It took about 1,234,567 or maybe 10:45 steps", "en", 24)),
            (Strings{"It took about 1,234,567", "or maybe 10:45 steps"}));
}

TEST(SentencesTest, CutsLongClausesAtWordsAndLongWordsAtCharacters) {
  EXPECT_EQ(Texts(SplitText("aaaa bbbb cccc dddd eeee ffff", "en", 20)),
            (Strings{"aaaa bbbb cccc dddd", "eeee ffff"}));
  EXPECT_EQ(Texts(SplitText(std::string(45, 'x'), "en", 20)),
            (Strings{std::string(20, 'x'), std::string(20, 'x'), std::string(5, 'x')}));
}

TEST(SentencesTest, KeepsAccentsOnTheirLetters) {
  std::string text;
  for (int i = 0; i < 25; ++i) text += "e\u0301";
  for (const TextChunk& chunk : SplitText(text, "en", 21)) {
    EXPECT_EQ(chunk.text[0], 'e');
  }
}

TEST(SentencesTest, CutsTextWithoutBlanks) {
  std::string text;
  for (int i = 0; i < 30; ++i) text += "你好世界，";
  ExpectGoodChunks(text, "", 20);
}

TEST(SentencesTest, LosesNothingOfAnyMixture) {
  const Strings pieces = {"word",
                          "a",
                          "Mr.",
                          "J.",
                          ".",
                          "!",
                          "?",
                          ",",
                          ";",
                          "—",
                          "…",
                          " ",
                          " ",
                          "\n",
                          "\n\n",
                          "\r\n",
                          "\t",
                          "ñ",
                          "\u0301",
                          "👩‍👩‍👧",
                          "世界。",
                          "\u2029",
                          "(",
                          ")",
                          "\"",
                          "1,234",
                          "supercalifragilisticexpialidocious",
                          "\u00A0",
                          "สวัสดีชาวโลก",
                          "\u200B",
                          "-"};
  const CounterRandom random(3);
  for (uint64_t round = 0; round < 1500; ++round) {
    std::string text;
    const uint64_t count = random.Bits(round * 256) % 80;
    for (uint64_t i = 1; i <= count; ++i) {
      text += pieces[random.Bits(round * 256 + i) % pieces.size()];
    }
    const size_t max_characters = 20 + random.Bits(round * 256 + 255) % 60;
    for (const char* language : {"en", "es", ""}) {
      ASSERT_NO_FATAL_FAILURE(ExpectGoodChunks(text, language, max_characters)) << text;
    }
  }
}

TEST(SentencesTest, TakesLargeTextWithoutAnyBorder) {
  ExpectGoodChunks(std::string(300'000, 'a'), "en", 200);
  std::string marks = "a";
  for (int i = 0; i < 50'000; ++i) marks += "\u0301";
  ExpectGoodChunks(marks, "en", 200);
  std::string sentences;
  for (int i = 0; i < 20'000; ++i) sentences += "Mr. X. ";
  ExpectGoodChunks(sentences, "en", 200);
}

TEST(SentencesTest, RefusesBadArguments) {
  EXPECT_THROW(SplitText("Hello", "en", 19), Error);
  EXPECT_THROW(SplitText("a\xFF", "en", 100), Error);
}

}  // namespace
}  // namespace kani::text
