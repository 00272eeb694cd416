#include "model/generation_config.h"

#include <gtest/gtest.h>

#include "formats/testing.h"

namespace kani::model {
namespace {

TEST(GenerationConfigTest, KeepsWhatIsThereAndIgnoresTheRest) {
  const GenerationConfig golden =
      LoadGenerationConfig(Golden("end_to_end/model/generation_config.json"));
  EXPECT_FALSE(golden.temperature || golden.top_k || golden.top_p || golden.min_p ||
               golden.repetition_penalty);
  const GenerationConfig config = ParseGenerationConfig(
      R"({"temperature":0.7,"top_k":50,"top_p":0.9,"min_p":null,"repetition_penalty":1.1,)"
      R"("do_sample":true,"_from_model_config":true})",
      "g");
  EXPECT_EQ(config.temperature, 0.7);
  EXPECT_EQ(config.top_k, 50);
  EXPECT_EQ(config.top_p, 0.9);
  EXPECT_FALSE(config.min_p);
  EXPECT_EQ(config.repetition_penalty, 1.1);
}

TEST(GenerationConfigTest, RefusesValuesOutOfRange) {
  for (const char* json : {R"({"temperature":-1})", R"({"top_k":-5})", R"({"top_p":1.5})",
                           R"({"min_p":-0.1})", R"({"repetition_penalty":0})"}) {
    EXPECT_EQ(Failure([&] { ParseGenerationConfig(json, "g"); }).find("invalid_file: "), 0u)
        << json;
  }
}

TEST(GenerationConfigTest, MissingFileIsAnEmptyConfig) {
  EXPECT_FALSE(LoadGenerationConfig(Golden("no such file")).temperature);
}

}  // namespace
}  // namespace kani::model
