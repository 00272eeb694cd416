#include "text/characters.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace kani::text {
namespace {

TEST(CharactersTest, MendsUtf8ThatWasReadAsWindows1252) {
  for (const auto& [written, meant] : {std::pair("cafÃ© y maÃ±ana", "café y mañana"),
                                       {"donâ€™t â€œgoâ€\u009d â€” no", "don’t “go” — no"},
                                       {"20 â‚¬ Â¿quÃ©?", "20 € ¿qué?"},
                                       {"20Â\u00A0km, 5Â°C", "20\u00A0km, 5°C"},
                                       {"ðŸ˜€", "😀"},
                                       {"cafÃƒÂ©", "café"}}) {
    EXPECT_EQ(WithPlainCharacters(written), meant);
  }
}

TEST(CharactersTest, LeavesTextThatIsRight) {
  for (const char* text : {"¡QUÉ…!", "«Habló»… y «sí»—dijo.", "São Paulo, MANHÃ!", "âge, Ângela",
                           "naïve", "x² + y³, 10⁶, ½, CO₂", "你好，世界。",
                           "5 Ω, 3 K, № 5, ℃, 2 µm", "plain", "Ø 5, Ä–Ö, Å…"}) {
    EXPECT_EQ(WithPlainCharacters(text), text);
  }
}

TEST(CharactersTest, TakesTheStyleOfLettersAway) {
  for (const auto& [written, meant] : {std::pair("ﬁrst ﬂoor, oﬃce", "first floor, office"),
                                       {"𝐁𝐨𝐥𝐝 𝘪𝘵𝘢𝘭𝘪𝘤 𝓈𝒸𝓇𝒾𝓅𝓉 𝟙𝟚", "Bold italic script 12"},
                                       {"ⒽⓘⓄ ①", "HiO 1"},
                                       {"Ｆｕｌｌ １", "Full 1"},
                                       {"ℂ ℎ ℝ", "C h R"}}) {
    EXPECT_EQ(WithPlainCharacters(written), meant);
  }
}

}  // namespace
}  // namespace kani::text
