// Where two stories written for it are cut, in as many places as lengths allow.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "text/cuts.h"
#include "text/sentences.h"
#include "text/unicode.h"

namespace kani::text {
namespace {

struct Paragraph {
  std::string text;
  std::set<size_t> sentence_ends;  // bytes of the blank behind each, but for the last
  std::set<size_t> no_cuts;        // bytes of the blanks inside numbers and names
};

std::vector<Paragraph> Book(const std::string& language) {
  const auto path = std::filesystem::path(KANI_TEST_DATA) / "text" / ("book." + language + ".txt");
  std::istringstream file(ReadTextFile(path, 1 << 20));
  std::vector<Paragraph> paragraphs(1);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) continue;
    if (line.empty()) {
      paragraphs.emplace_back();
      continue;
    }
    Paragraph& paragraph = paragraphs.back();
    if (!paragraph.text.empty()) {
      paragraph.sentence_ends.insert(paragraph.text.size());
      paragraph.text += ' ';
    }
    for (const char c : line) {
      if (c == '_') paragraph.no_cuts.insert(paragraph.text.size());
      paragraph.text += c == '_' ? ' ' : c;
    }
  }
  return paragraphs;
}

class SegmentationTest : public testing::TestWithParam<const char*> {};

TEST_P(SegmentationTest, SentencesEndWhereTheyDo) {
  Cutter cutter(GetParam());
  size_t all = 0;
  for (const Paragraph& paragraph : Book(GetParam())) {
    all += paragraph.sentence_ends.size();
    std::set<size_t> missed = paragraph.sentence_ends;
    for (const size_t cut : cutter.Find(Border::kSentence, paragraph.text)) {
      if (cut == paragraph.text.size()) continue;
      const bool is_end = paragraph.sentence_ends.contains(cut - 1);
      EXPECT_TRUE(is_end) << paragraph.text.substr(0, cut) << " | "
                          << paragraph.text.substr(cut, 20);
      missed.erase(cut - 1);
    }
    for (const size_t end : missed) ADD_FAILURE() << "no end: " << paragraph.text.substr(0, end);
  }
  EXPECT_GT(all, 80u);
}

TEST_P(SegmentationTest, NoLengthCutsANumberOrAName) {
  size_t cuts = 0;
  for (const Paragraph& paragraph : Book(GetParam())) {
    for (size_t length = 44; length <= 240; length += 3) {
      size_t at = 0;
      for (const TextChunk& chunk : SplitText(paragraph.text, GetParam(), length)) {
        const size_t begin = paragraph.text.find(chunk.text, at);
        ASSERT_NE(begin, std::string::npos);
        if (begin > 0) {
          EXPECT_FALSE(paragraph.no_cuts.contains(begin - 1))
              << length << ": " << paragraph.text.substr(0, begin) << " | " << chunk.text;
          ++cuts;
        }
        at = begin + chunk.text.size();
        const bool is_sentence = chunk.pause_after_ms >= 200 && at < paragraph.text.size();
        EXPECT_TRUE(!is_sentence || paragraph.sentence_ends.contains(at)) << chunk.text;
      }
    }
  }
  EXPECT_GT(cuts, 1000u);
}

INSTANTIATE_TEST_SUITE_P(Languages, SegmentationTest, testing::Values("en", "es"));

TEST(SentenceCutsTest, NoInitialEndsASentence) {
  for (char initial = 'A'; initial <= 'Z'; ++initial) {
    const std::string name = std::string("Harry ") + initial + ". Truman";
    for (const std::string& text :
         {name + " left. Then we left too.", "The house of " + name + "."}) {
      for (const char* language : {"en", "es"}) {
        Cutter cutter(language);
        for (const size_t cut : cutter.Find(Border::kSentence, text)) {
          EXPECT_NE(text.substr(cut, 6), "Truman") << text;
        }
      }
    }
  }
}

TEST(SentenceCutsTest, TheEnglishPronounMayEndASentence) {
  Cutter cutter("en");
  EXPECT_EQ(cutter.Find(Border::kSentence, "So do I. Then we left."), (Cuts{9, 22}));
}

TEST(SentenceCutsTest, QuotationsStayWithWhoSaidThem) {
  Cutter cutter("es");
  for (const char* text : {"«¿Sí?» dijo ella.", "—¿Sí? —dijo ella.", "“Really?” she said.",
                           "\"Really!\" she said.", "(¿Sí? )"}) {
    EXPECT_EQ(cutter.Find(Border::kSentence, text).size(), 1u) << text;
  }
}

TEST(SentenceCutsTest, AMebibyteWithoutAFullStopIsCutAtClausesAndWords) {
  std::string text;
  while (text.size() < (1 << 20))
    text += "and so on it went, past the old mill and over the hill, ";
  const auto chunks = SplitText(text, "en", 240);
  EXPECT_GT(chunks.size(), (1u << 20) / 240);
  for (const TextChunk& chunk : chunks) {
    ASSERT_LE(chunk.text.size(), 240u);
    ASSERT_TRUE(chunk.text.ends_with(',')) << chunk.text;
  }
}

}  // namespace
}  // namespace kani::text
