#include "text/script.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"
#include "text/normalizer.h"
#include "text/sentences.h"

namespace kani::text {
namespace {

using Strings = std::vector<std::string>;

const Strings kTags = {"en_us", "es"};

Script Make(std::string_view text, const ScriptOptions& options = {}) {
  return MakeScript(text, kTags, options);
}

/// "tag: text" of each piece.
Strings Said(std::string_view text, const ScriptOptions& options = {}) {
  Strings said;
  for (const ScriptPiece& piece : Make(text, options).pieces) {
    said.push_back(piece.language + ": " + piece.text);
  }
  return said;
}

TEST(ScriptTest, EachSentenceIsReadInItsLanguage) {
  EXPECT_EQ(Said("I paid 25 dollars. Él pagó 25 euros."),
            (Strings{"en_us: I paid twenty-five dollars.", "es: Él pagó veinticinco euros."}));
}

TEST(ScriptTest, NeighboursOfOneLanguageStayTogether) {
  EXPECT_EQ(Said("It is late. We should go. Vamos a casa. Es muy tarde."),
            (Strings{"en_us: It is late. We should go.", "es: Vamos a casa. Es muy tarde."}));
}

TEST(ScriptTest, ASentenceWithAWordOfAnotherLanguageStaysOne) {
  EXPECT_EQ(Said("She said mañana and then she left the house."),
            (Strings{"en_us: She said mañana and then she left the house."}));
  EXPECT_EQ(Said("El show de la noche fue muy bueno."),
            (Strings{"es: El show de la noche fue muy bueno."}));
}

TEST(ScriptTest, AChosenVoiceDecidesWhereNoWordTells) {
  for (const char* text : {"5 km", "Luz.", "OK."}) {
    EXPECT_TRUE(Said(text).front().starts_with("en_us: ")) << text;
    EXPECT_TRUE(Said(text, {.fallback_language = "es"}).front().starts_with("es: ")) << text;
  }
  for (const char* text : {"Meeting postponed until Friday.", "Close it.\n\nIt is late."}) {
    EXPECT_TRUE(Said(text, {.fallback_language = "es"}).front().starts_with("en_us: ")) << text;
  }
  const Script paragraphs = Make("It is late.\n\n\nIt is cold.", {.fallback_language = "es"});
  ASSERT_EQ(paragraphs.pieces.size(), 2u);
  EXPECT_EQ(paragraphs.pieces.front().pause_after_ms, 500);
  EXPECT_EQ(Said("We will be there at 5.", {.fallback_language = "es"}),
            Strings{"en_us: We will be there at five."});
}

TEST(ScriptTest, WithoutAVoiceTheNeighbourDecidesWhereNoWordTells) {
  EXPECT_EQ(Said("Nos vemos en la casa. 5 km."),
            Strings{"es: Nos vemos en la casa. cinco kilómetros."});
  EXPECT_EQ(Said("5 km. Nos vemos en la casa."),
            Strings{"es: cinco kilómetros. Nos vemos en la casa."});
}

TEST(ScriptTest, TheSpellingOfAWordTellsNothing) {
  EXPECT_EQ(Said("We want these fruits.\n\nBlueberry"),
            (Strings{"en_us: We want these fruits.", "en_us: Blueberry"}));
}

TEST(ScriptTest, NamesOfPlacesAndPeopleTellNothing) {
  EXPECT_EQ(Said("Los Angeles 2028").front().substr(0, 5), "en_us");
  EXPECT_EQ(Said("José Martínez de la Cruz resigned on Monday.").front().substr(0, 5), "en_us");
}

TEST(ScriptTest, AWrappedSentenceIsTakenWhole) {
  EXPECT_EQ(Said("Los niños de la\nbanda rock and roll\ntocan muy bien."),
            Strings{"es: Los niños de la banda rock and roll tocan muy bien."});
}

TEST(ScriptTest, PausesWhereTheLanguageChangesAreThoseOfTheText) {
  const Script script = Make("It is late.\n\nEs muy tarde. This is the end.");
  ASSERT_EQ(script.pieces.size(), 3u);
  EXPECT_EQ(script.pieces[0].pause_after_ms, 500);
  EXPECT_EQ(script.pieces[1].pause_after_ms, 200);
  EXPECT_EQ(script.pieces[2].pause_after_ms, 0);
}

TEST(ScriptTest, ATextOfOneLanguageIsCutAsIfItWereAsked) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "This is number 7 of the many sentences.\nAnd OK. ";
  const std::string said = Normalize(text, "en");
  const std::vector<TextChunk> chunks = SplitText(said, "en", 240);
  for (const char* language : {"auto", "en", "en_us"}) {
    const Script script = Make(text, {.language = language});
    ASSERT_EQ(script.pieces.size(), chunks.size());
    for (size_t i = 0; i < chunks.size(); ++i) {
      EXPECT_EQ(script.pieces[i].text, chunks[i].text);
      EXPECT_EQ(script.pieces[i].pause_after_ms, chunks[i].pause_after_ms);
    }
  }
}

TEST(ScriptTest, NamesTheLanguageOfMostOfTheText) {
  EXPECT_EQ(Make("Hello there. Y esta es la parte más larga de todo el texto.").language, "es");
  const Script untagged = MakeScript("Hola, ¿qué tal?", {}, {});
  EXPECT_EQ(untagged.language, "");
  EXPECT_EQ(untagged.base_language, "es");
}

TEST(ScriptTest, AnAskedLanguageIsTakenByModelsWithoutTagsToo) {
  EXPECT_EQ(MakeScript("Take 5.", {}, {.language = "es"}).pieces.front().text, "Take cinco.");
}

TEST(ScriptTest, ExpectsFifteenCharactersASecond) {
  EXPECT_DOUBLE_EQ(Make("Fifteen letters").pieces.front().expected_seconds, 1.0);
}

TEST(ScriptTest, MarkupIsNotSaid) {
  EXPECT_EQ(Said("# Plan\n\n- Buy **3** eggs\n- Call [Ana](tel:1)"),
            (Strings{"en_us: Plan.", "en_us: Buy three eggs. Call Ana."}));
  EXPECT_EQ(Said("The **end**", {.markup = Markup::kPlain}), Strings{"en_us: The **end**"});
}

TEST(ScriptTest, TextWithoutMarkupIsReadAsIfItWerePlain) {
  for (const char* name : {"sentences.en.txt", "sentences.es.txt", "book.en.txt", "book.es.txt"}) {
    const auto path = std::filesystem::path(KANI_TEST_DATA) / "text" / name;
    std::string text = ReadTextFile(path, 1 << 20);
    text.erase(0, text.starts_with('#') ? text.find('\n') + 1 : 0);
    std::ranges::replace(text, '_', ' ');
    for (std::string unit : {text, text.substr(0, text.find('\n'))}) {
      const Script marked = Make(unit);
      const Script plain = Make(unit, {.markup = Markup::kPlain});
      ASSERT_EQ(marked.pieces.size(), plain.pieces.size()) << name;
      for (size_t i = 0; i < plain.pieces.size(); ++i) {
        EXPECT_EQ(marked.pieces[i].text, plain.pieces[i].text);
        EXPECT_EQ(marked.pieces[i].language, plain.pieces[i].language);
        EXPECT_EQ(marked.pieces[i].pause_after_ms, plain.pieces[i].pause_after_ms);
      }
    }
  }
}

TEST(ScriptTest, PausesAreThoseThatAreAskedFor) {
  const Script script =
      Make("[pause 2s]One.[pause 1s] [pause 500ms]Two [pause 0s] three.[pause 3s]");
  EXPECT_EQ(script.pause_before_ms, 2000);
  ASSERT_EQ(script.pieces.size(), 3u);
  EXPECT_EQ(script.pieces[0].pause_after_ms, 1500);
  EXPECT_EQ(script.pieces[1].pause_after_ms, 0);
  EXPECT_EQ(script.pieces[2].pause_after_ms, 3000);
}

TEST(ScriptTest, SsmlSetsLanguageVoiceAndVolumeOfItsPieces) {
  const Script script = Make(
      "<speak>Take 5. <lang xml:lang='es-ES'>Toma 5</lang>, <prosody volume='soft'>please"
      "</prosody> <voice name='ada'>now.</voice></speak>",
      {.language = "en", .markup = Markup::kSsml});
  ASSERT_EQ(script.pieces.size(), 5u);
  EXPECT_EQ(script.pieces[1].text, "Toma cinco");
  EXPECT_EQ(script.pieces[1].language, "es");
  EXPECT_EQ(script.pieces[1].pause_after_ms, 0);
  EXPECT_EQ(script.pieces[3].gain, 0.5);
  EXPECT_EQ(script.pieces[4].voice, "ada");
  EXPECT_THROW(Make("<speak xml:lang='fr'>Bonjour</speak>", {.markup = Markup::kSsml}), Error);
}

TEST(ScriptTest, EmojiAreDroppedOrNamed) {
  EXPECT_EQ(Said("We won 🎉 🎉! And 🎉 too"), Strings{"en_us: We won! And  too"});
  const ScriptOptions named{.name_emoji = true};
  EXPECT_EQ(Said("We won 🎉🎉! The end ❤️", named),
            Strings{"en_us: We won, party popper! The end, red heart"});
  EXPECT_EQ(Said("Vamos a la casa 👍🏽 y ya está 🇪🇸.", named),
            Strings{"es: Vamos a la casa, pulgar hacia arriba, y ya está, bandera: España."});
}

TEST(ScriptTest, WarnsOnceOfWhatIsDropped) {
  std::vector<std::string> warnings;
  const auto sink = [&](std::string_view line) { warnings.emplace_back(line); };
  MakeScript("It is 🎉 late. [pause 1s] Es muy tarde. 🙂", kTags, {}, sink);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("U+1F389, U+1F642"), std::string::npos) << warnings[0];
}

TEST(ScriptTest, AddressesAreShortOnRequest) {
  EXPECT_EQ(Said("See https://www.example.com/docs?page=2.", {.short_addresses = true}),
            Strings{"en_us: See example dot com."});
}

TEST(ScriptTest, RefusesInvalidTextAndUnknownLanguages) {
  EXPECT_THROW(Make("a\xFF"), Error);
  EXPECT_THROW(Make("a", {.language = "fr"}), Error);
  EXPECT_TRUE(Make(" \n").pieces.empty());
}

}  // namespace
}  // namespace kani::text
