#include "text/markdown.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/random.h"

namespace kani::text {
namespace {

struct Case {
  std::string written;
  std::string shown;
};

/// Without the line breaks at the end, which say nothing.
std::string Shown(std::string_view markdown) {
  std::string text = MarkdownToText(markdown);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

void Expect(const std::vector<Case>& cases) {
  for (const Case& c : cases) EXPECT_EQ(Shown(c.written), c.shown) << c.written;
}

TEST(MarkdownTest, DropsTheSignsOfEmphasisAndCode) {
  Expect({{"**bold** and *italic*", "bold and italic"},
          {"__bold__ and _italic_, ***both***", "bold and italic, both"},
          {"~~gone~~ and `code`", "gone and code"},
          {"**Note**: use ``a `tick` b``.", "Note: use a `tick` b."},
          {"*one **two** three*", "one two three"},
          {"\\*not\\* emphasis", "*not* emphasis"}});
}

TEST(MarkdownTest, KeepsSignsThatAreNoMarkup) {
  for (const char* text : {"2*3*4 = 24",
                           "x*2 and y*2",
                           "2**8**2",
                           "5 * 3 * 2",
                           "snake_case_name",
                           "a * b",
                           "<angles>",
                           "x < y and y > z",
                           "C:\\path",
                           "1 | 2",
                           "50% off!",
                           "~5 km and ~6 km",
                           "[sic]",
                           "a^b",
                           "Price* and more",
                           "it's 5 > 3",
                           "a <b or c",
                           "#7 and #8",
                           "-5 degrees",
                           "(1) one",
                           "R&D, AT&T; & so on",
                           "[pause",
                           "f(x) = 2*x*3"}) {
    EXPECT_EQ(Shown(text), text);
  }
}

TEST(MarkdownTest, SaysWhatLinksAndImagesShow) {
  Expect({{"[the docs](https://example.com/docs)", "the docs"},
          {"See [it][1].\n\n[1]: https://example.com", "See it."},
          {"![a red fox](fox.png) runs", "a red fox runs"},
          {"<https://example.com>", "https://example.com"},
          {"https://example.com/a_b_c", "https://example.com/a_b_c"},
          {"As shown[^1].\n\n[^1]: By others.", "As shown.\n\nBy others."}});
}

TEST(MarkdownTest, EndsASentenceAtHeadingsAndItems) {
  Expect(
      {{"# Plan\n\n- Buy milk\n- Call Ana", "Plan.\n\nBuy milk.\nCall Ana."},
       {"# Plan #\n- Buy milk!\n- Call Ana:\n  - today", "Plan.\n\nBuy milk!\nCall Ana:\ntoday."},
       {"Plan\n====\nText", "Plan.\n\nText"},
       {"=== Intro ===\nText", "Intro.\n\nText"},
       {"* one\n* two", "one.\ntwo."},
       {"• one\n• two", "one.\ntwo."},
       {"1. Mix\n2. Bake", "1: Mix.\n2: Bake."},
       {"1984. A year.", "1984. A year."},
       {"- [x] done\n- [ ] open", "done.\nopen."},
       {"- an item that is\n  wrapped\n\n- a loose one", "an item that is\nwrapped.\na loose one."},
       {"> quoted\n> text", "quoted\ntext"}});
}

TEST(MarkdownTest, ReadsTablesRowByRow) {
  Expect({{"| Name | Age |\n|------|----:|\n| Ana | 5 |\n| Bo |  |", "Name, Age.\nAna, 5.\nBo."},
          {"a | b\n-|:-:\n1 | 2", "a, b.\n1, 2."}});
}

TEST(MarkdownTest, DropsRulesAndFences) {
  Expect({{"One.\n\n---\n\nTwo.", "One.\n\nTwo."},
          {"One.\n\n* * *\n\nTwo.", "One.\n\nTwo."},
          {"Run:\n\n```sh\nmake all\nmake test\n```\n", "Run:\n\nmake all\nmake test."},
          {"    indented text", "indented text"}});
}

TEST(MarkdownTest, ReadsTheLittleHtmlOfRunningText) {
  Expect({{"a&amp;b &lt;5 &#8217; &#x41; &eacute;", "a&b <5 ’ A é"},
          {"&unknown; &", "&unknown; &"},
          {"&amp;amp;", "&amp;"},
          {"One<br/>Two<br>three", "One.\nTwo\nthree"},
          {"<p>One</p><p>Two.</p>", "One.\n\nTwo."},
          {"<b>bold</b> and <span class=\"x\">plain</span>", "bold and plain"},
          {"<ul>\n<li>Milk</li>\n<li>Eggs</li>\n</ul>", "Milk.\nEggs."},
          {"a<!-- not\n\nsaid -->b", "ab"},
          {"a<script>var x = 1;\n\nif (x) y();</script>b", "a\n\nb"},
          {"The <script> tag is gone", "The  tag is gone"},
          {"10<sup>6</sup> km<sup>2</sup> 1<sup>st</sup> note<sup>12</sup> H<sub>2</sub>O",
           "10⁶ km² 1st note H2O"},
          {"<img src='x' alt='a cat'> sleeps", "a cat sleeps"}});
}

TEST(MarkdownTest, TellsMathematicsFromMoney) {
  Expect({{"$E = mc^2$ and $$x_1$$.", "E = mc^2 and x_1."}});
  for (const char* text : {"$5 and $10", "It cost $5 = 4€, $6", "$5", "US$ 5 = A$ 7", "$$"}) {
    EXPECT_EQ(Shown(text), text);
  }
}

TEST(MarkdownTest, TellsListsAndHeadingsFromWrappedLines) {
  Expect({{"There are four fruits that we want:\nApple\nBanana\nOrange\nBlueberry",
           "There are four fruits that we want:\nApple.\nBanana.\nOrange.\nBlueberry"},
          {"Chapter 3\nThe Storm\nIt was late.", "Chapter 3.\nThe Storm.\nIt was late."},
          {"Introduction\nIt was a dark and stormy night in the town.",
           "Introduction.\nIt was a dark and stormy night in the town."}});
  for (const char* text :
       {"The quick brown fox jumps over\nthe lazy dog and runs away.",
        "I met my friend\nHarry in the park\nyesterday.", "Dear Ana,\nThank you for the letter.",
        "He came all the way from the old\nLondon Bridge to see us and to say\nHello to everybody "
        "who was there."}) {
    EXPECT_EQ(Shown(text), text);
  }
}

TEST(MarkdownTest, KeepsPlainTextByteForByte) {
  for (const char* text :
       {"Hello there.  How are you?", "One.\n\nTwo,\nand three.", "«Sí», dijo. ¿Y tú?",
        "A line\nand another line of the same text.\n\nA new paragraph.", "你好，世界。"}) {
    EXPECT_EQ(Shown(text), text);
  }
}

TEST(MarkdownTest, EndsForAnyMixture) {
  const std::vector<std::string> pieces = {"*",
                                           "**",
                                           "_",
                                           "`",
                                           "```\n",
                                           "~~",
                                           "# ",
                                           "- ",
                                           "1. ",
                                           "> ",
                                           "[",
                                           "](",
                                           ")",
                                           "![",
                                           "|",
                                           "\n",
                                           "\n\n",
                                           "---\n",
                                           "| a | b |\n|--|--|\n",
                                           "<b>",
                                           "</p>",
                                           "<br>",
                                           "<!--",
                                           "-->",
                                           "&amp;",
                                           "&",
                                           ";",
                                           "word",
                                           "Word.",
                                           " ",
                                           "    ",
                                           "\t",
                                           "é",
                                           "\v",
                                           "\f",
                                           "<script>",
                                           "<",
                                           ">",
                                           "\\",
                                           "==",
                                           "[^1]",
                                           "http://a.b",
                                           "2*3",
                                           "•  ",
                                           "[x] ",
                                           "\r\n",
                                           "=\n"};
  const CounterRandom random(5);
  for (uint64_t round = 0; round < 5000; ++round) {
    std::string text;
    for (uint64_t i = 0; i < 24; ++i) text += pieces[random.Bits(round * 32 + i) % pieces.size()];
    const std::string once = MarkdownToText(text);
    EXPECT_EQ(once.find_first_of("\v\f"), std::string::npos) << text;
    EXPECT_LT(once.size(), 2 * text.size() + 16) << text;
  }
}

}  // namespace
}  // namespace kani::text
