#include "text/ssml.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "base/error.h"
#include "text/say_as.h"

namespace kani::text {
namespace {

std::vector<Passage> Parse(const std::string& body) {
  return ParseSsml("<speak>" + body + "</speak>");
}

/// The message with which a document is refused.
std::string Refusal(const std::string& ssml, ErrorCode code) {
  try {
    ParseSsml(ssml);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "accepted: " << ssml;
  return "";
}

TEST(SsmlTest, TakesPlainTextWithItsEntities) {
  const auto passages = ParseSsml(
      "<?xml version=\"1.0\"?>\n<speak version=\"1.1\" "
      "xmlns=\"http://www.w3.org/2001/10/synthesis\" xml:lang=\"en-US\">\n"
      "  Salt &amp; pepper\n  &#233;\n</speak>");
  ASSERT_EQ(passages.size(), 1u);
  EXPECT_EQ(passages[0].text, " Salt & pepper é ");
  EXPECT_EQ(passages[0].language, "en-US");
}

TEST(SsmlTest, PausesWhereItIsTold) {
  const auto passages =
      Parse("One<break time='1.5s'/>two<break strength=\"strong\"/>three<break/>");
  ASSERT_EQ(passages.size(), 3u);
  EXPECT_EQ(passages[0].pause_after_ms, 1500);
  EXPECT_EQ(passages[1].pause_after_ms, 700);
  EXPECT_EQ(passages[2].pause_after_ms, 400);
}

TEST(SsmlTest, ParagraphsAndSentencesEnd) {
  const auto passages = Parse("<p><s>One</s><s>Two!</s></p><p>Three</p>");
  ASSERT_EQ(passages.size(), 1u);
  EXPECT_EQ(passages[0].text, "One. Two!\n\nThree\n\n");
}

TEST(SsmlTest, LanguagesVoicesAndVolumesLastAsLongAsTheirElements) {
  const auto passages = Parse(
      "a<lang xml:lang='es'>b<voice name='ines'>c</voice>d</lang>"
      "<prosody volume='soft'>e<prosody volume='+6dB'>f</prosody></prosody>g");
  ASSERT_EQ(passages.size(), 7u);
  const auto expect = [&](size_t i, const char* text, const char* language, const char* voice,
                          double gain) {
    EXPECT_EQ(passages[i].text, text);
    EXPECT_EQ(passages[i].language, language) << text;
    EXPECT_EQ(passages[i].voice, voice) << text;
    EXPECT_NEAR(passages[i].gain, gain, 1e-9) << text;
  };
  expect(0, "a", "", "", 1);
  expect(1, "b", "es", "", 1);
  expect(2, "c", "es", "ines", 1);
  expect(3, "d", "es", "", 1);
  expect(4, "e", "", "", 0.5);
  expect(5, "f", "", "", 0.5 * 1.9952623149688795);
  expect(6, "g", "", "", 1);
}

TEST(SsmlTest, SubstitutesAndSaysAs) {
  EXPECT_EQ(Parse("<sub alias='World Wide Web'>WWW</sub> now")[0].text, "World Wide Web now");
  for (const auto& [written, said] :
       {std::pair("<say-as interpret-as='characters'>aB1-2</say-as>", "A B one, two"),
        {"<say-as interpret-as='digits'> 42 </say-as>", " four two "},
        {"<say-as interpret-as='cardinal'>1999</say-as>.",
         "one thousand nine hundred ninety-nine."},
        {"the <say-as interpret-as='ordinal'>3</say-as> one", "the third one"},
        {"<say-as interpret-as='ordinal'>Ana</say-as>", "Ana"},
        {"<say-as interpret-as='date'>3/4/2025</say-as>", "3/4/2025"}}) {
    EXPECT_EQ(WithSaidAs(Parse(written)[0], "en"), said);
  }
  EXPECT_EQ(WithSaidAs(Parse("<say-as interpret-as='cardinal'>21</say-as>")[0], "es"), "veintiuno");
}

TEST(SsmlTest, NamesWhatItDoesNotKnow) {
  const auto unsupported = ErrorCode::kUnsupported;
  EXPECT_NE(
      Refusal("<speak>\n<emphasis>a</emphasis></speak>", unsupported).find("line 2: 'emphasis'"),
      std::string::npos);
  EXPECT_NE(
      Refusal("<speak><prosody rate='fast'>a</prosody></speak>", unsupported).find("rate 'fast'"),
      std::string::npos);
  EXPECT_NE(Refusal("<speak><prosody pitch='high'>a</prosody></speak>", unsupported).find("pitch"),
            std::string::npos);
  EXPECT_NE(
      Refusal("<speak><say-as interpret-as='poem'>a</say-as></speak>", unsupported).find("poem"),
      std::string::npos);
  EXPECT_NE(Refusal("<speak><p role='x'>a</p></speak>", unsupported).find("'role'"),
            std::string::npos);
  Refusal("<!DOCTYPE speak [<!ENTITY a 'b'>]><speak>&a;</speak>", unsupported);
  EXPECT_EQ(Parse("<prosody rate='medium'>a</prosody>").size(), 1u);
}

TEST(SsmlTest, RefusesWhatIsNoDocument) {
  const auto invalid = ErrorCode::kInvalidArgument;
  Refusal("", invalid);
  Refusal("Hello", invalid);
  Refusal("<p>Hello</p>", invalid);
  EXPECT_NE(Refusal("<speak>\n\n<p>a</speak>", invalid).find("line 3"), std::string::npos);
  Refusal("<speak><break time='61s'/></speak>", invalid);
  Refusal("<speak><break time='soon'/></speak>", invalid);
  Refusal("<speak><break strength='mighty'/></speak>", invalid);
  Refusal("<speak><break>a</break></speak>", invalid);
  Refusal("<speak><voice>a</voice></speak>", invalid);
  Refusal("<speak><prosody volume='11'>a</prosody></speak>", invalid);
  Refusal("<speak><speak>a</speak></speak>", invalid);
  Refusal("<speak><sub alias='b'><p>a</p></sub></speak>", invalid);
  std::string deep = "<speak>";
  for (int i = 0; i < 100; ++i) deep += "<p>";
  Refusal(deep, ErrorCode::kResourceExhausted);
}

}  // namespace
}  // namespace kani::text
