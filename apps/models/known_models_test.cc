#include "apps/models/known_models.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/read_file.h"

namespace kani::models {
namespace {

KnownModels Parse(std::string_view json) { return ParseKnownModels(json, "table", "/home/me"); }

std::string Failure(std::string_view json, ErrorCode code = ErrorCode::kInvalidFile) {
  try {
    Parse(json);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "parsed";
}

KnownModels Shipped() {
  return Parse(ReadTextFile(std::string(KANI_MODELS) + "/known.json", kMaxTableBytes));
}

TEST(KnownModelsTest, EveryPartOfTheTableThatShipsIsARepositoryInIt) {
  const KnownModels known = Shipped();
  ASSERT_NE(known.Find("kani-tts-2-en"), nullptr);
  for (const auto& [name, model] : known.models) {
    for (const auto& [place, kind] :
         {std::pair(std::optional(model.language_model), model::ModelPart::kLanguageModel),
          std::pair(model.codec, model::ModelPart::kCodec),
          std::pair(model.speaker_encoder, model::ModelPart::kSpeakerEncoder)}) {
      if (!place) continue;
      const KnownRepository* repository = known.FindRepository(place->repository->id);
      ASSERT_NE(repository, nullptr) << name;
      EXPECT_EQ(repository->kind, kind) << name;
      EXPECT_GT(repository->bytes, 0u) << name;
      EXPECT_FALSE(repository->license.empty()) << name;
      EXPECT_FALSE(repository->terms.empty()) << name;
    }
  }
}

TEST(KnownModelsTest, AModelIsFoundByShortNameAndByRepository) {
  const KnownModels known = Shipped();
  for (const char* name : {"kani-tts-2-en", "nineninesix/kani-tts-2-en"}) {
    ASSERT_NE(known.Find(name), nullptr) << name;
    EXPECT_EQ(known.Find(name)->first, "kani-tts-2-en");
  }
  for (const char* name : {"", "kani-tts-2", "acme/kani-tts-2-en", "nineninesix/speaker-emb-tbr"}) {
    EXPECT_EQ(known.Find(name), nullptr) << name;
  }
}

TEST(KnownModelsTest, CodecAndEncoderFollowFromTheSizesOfAModel) {
  const KnownModels known = Shipped();
  EXPECT_EQ(known.CodecFor(4, 4032)->id.text(), "nvidia/nemo-nano-codec-22khz-0.6kbps-12.5fps");
  EXPECT_EQ(known.SpeakerEncoderFor(128)->id.text(), "nineninesix/speaker-emb-tbr");
  EXPECT_FALSE(known.CodecFor(8, 4032).has_value());
  EXPECT_FALSE(known.SpeakerEncoderFor(192).has_value());
}

TEST(KnownModelsTest, AnEntryOfTheUserTakesThePlaceOfTheSameName) {
  KnownModels known = Shipped();
  const size_t count = known.models.size();
  known.Add(Parse(R"({"models": {"kani-tts-2-en": {"language_model": "acme/own@v2"},
                                 "mine": {"language_model": "~/mine", "codec": "/c.nemo"}}})"));
  EXPECT_EQ(known.models.size(), count + 1);
  EXPECT_EQ(known.Find("kani-tts-2-en")->second.language_model.repository->revision, "v2");
  EXPECT_EQ(known.Find("acme/own")->first, "kani-tts-2-en");
  EXPECT_EQ(known.Find("mine")->second.language_model.path, "/home/me/mine");
  EXPECT_EQ(known.Find("mine")->second.codec->path, "/c.nemo");
}

TEST(KnownModelsTest, AMistakeIsNamedWithItsPlace) {
  for (const auto& [json, part] : std::vector<std::pair<std::string, std::string>>{
           {"[]", "table"},
           {R"({"modles": {}})", "models"},
           {R"({"models": []})", "models"},
           {R"({"models": {"a": {"language_model": 1}}})", "'a'"},
           {R"({"models": {"a": {}}})", "language_model"},
           {R"({"models": {"a": {"language_model": ""}}})", "language_model"},
           {R"({"models": {"a": {"language_model": "../x"}}})", "'../x'"},
           {R"({"models": {"a": {"language_model": "a/b@../x"}}})", "../x"},
           {R"({"models": {"a/b": {"language_model": "a/b"}}})", "slash"},
           {R"({"models": {"a b": {"language_model": "a/b"}}})", "'a b'"},
           {R"({"models": {"a": {"language_model": "a/b", "about": "\u001b[2J"}}})", "about"},
           {R"({"models": {"a": {"language_model": "a/b", "codce": "a/b"}}})", "codec"},
           {R"({"repositories": {"a/b": {"kind": "song"}}})", "song"},
           {R"({"repositories": {"a/b/c": {"kind": "codec"}}})", "'a/b/c'"},
           {R"({"repositories": {"a/b": {"kind": "codec"}}})", "codebooks"},
           {R"({"repositories": {"a/b": {"kind": "language model", "bytes": -1}}})", "bytes"},
           {R"({"repositories": {"a/b": {"kind": "language model", "terms": "file:///x"}}})",
            "terms"}}) {
    EXPECT_NE(Failure(json).find(part), std::string::npos) << json << ": " << Failure(json);
  }
  EXPECT_NE(Failure(R"({"version": 2})", ErrorCode::kUnsupported).find("version 2"),
            std::string::npos);
  EXPECT_THROW(ParseKnownModels(R"({"models": {"a": {"language_model": "~/x"}}})", "table", ""),
               Error);
}

TEST(KnownModelsTest, TheNumberOfEntriesAndTheLengthOfTextsAreLimited) {
  std::string many = R"({"models": {)";
  for (size_t i = 0; i <= kMaxTableEntries; ++i) {
    many += StrCat(i == 0 ? "" : ", ", "\"m", i, R"(": {"language_model": "a/b"})");
  }
  EXPECT_NE(Failure(many + "}}").find("1001"), std::string::npos);
  const std::string text(2000, 'x');
  Failure(R"({"models": {"a": {"language_model": "a/b", "about": ")" + text + "\"}}}");
}

}  // namespace
}  // namespace kani::models
