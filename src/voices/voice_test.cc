#include "voices/voice.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "base/atomic_file.h"
#include "base/error.h"
#include "formats/safetensors.h"

namespace kani::voices {
namespace {

namespace fs = std::filesystem;

class VoiceTest : public testing::Test {
 protected:
  VoiceTest() { fs::create_directories(folder_); }
  ~VoiceTest() override { fs::remove_all(folder_); }
  void Write(const std::string& name, std::string_view text) {
    WriteFileAtomically(folder_ / name, std::as_bytes(std::span(text)));
  }
  const fs::path folder_ =
      fs::path(testing::TempDir()) /
      StrCat("voices_", testing::UnitTest::GetInstance()->current_test_info()->name());
};

Voice Anna() {
  return {.name = "anna", .language = "en_us", .embedding = {0.6f, -0.48f, 0.64f}, .notes = {}};
}

Voice Parse(std::string_view text, std::string_view extension, int64_t size = 0,
            const WarningSink& warn = {}) {
  return ParseVoice(std::as_bytes(std::span(text)), extension, "stem", size, "v", warn);
}

std::string Failure(std::string_view text, std::string_view extension, int64_t size = 0) {
  try {
    Parse(text, extension, size);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

std::string Npy(const std::string& header, size_t data_bytes, char version = 1) {
  std::string out = "\x93NUMPY";
  out += {version, '\0', static_cast<char>(header.size()), '\0'};
  if (version > 1) out += {'\0', '\0'};
  return out + header + std::string(data_bytes, '\x3F');
}

TEST_F(VoiceTest, SavedIsLoaded) {
  Voice voice = Anna();
  voice.notes = {{"licence", "CC0"}, {"source", "ein Satz, größer"}};
  voice.is_default = true;
  for (const char* extension : {".safetensors", ".json", ".npy"}) {
    const fs::path path = folder_ / (std::string("anna") + extension);
    SaveVoice(voice, path);
    EXPECT_EQ(fs::status(path).permissions(), fs::perms(0600)) << path;
    const Voice loaded = LoadVoice(path, 3);
    EXPECT_EQ(loaded.name, "anna");
    EXPECT_EQ(loaded.embedding, voice.embedding) << extension;
    if (path.extension() == ".npy") continue;  // holds the numbers only
    EXPECT_EQ(loaded.language, "en_us") << extension;
    EXPECT_EQ(loaded.notes, voice.notes) << extension;
    EXPECT_TRUE(loaded.is_default) << extension;
  }
}

TEST_F(VoiceTest, TheNameInTheFileWinsOverTheFilesName) {
  SaveVoice(Anna(), folder_ / "other.json");
  SaveVoice(Anna(), folder_ / "other.npy");
  EXPECT_EQ(LoadVoice(folder_ / "other.json", 3).name, "anna");
  EXPECT_EQ(LoadVoice(folder_ / "other.npy", 3).name, "other");
}

TEST_F(VoiceTest, PickledVoicesOfBothShapesLoad) {
  const fs::path goldens = fs::path(KANI_TEST_DATA) / "golden/end_to_end";
  for (const char* name : {"voice_0_1x128.pt", "voice_1_128.pt"}) {
    int warnings = 0;
    const Voice voice = LoadVoice(goldens / name, 128, [&](std::string_view) { ++warnings; });
    ASSERT_EQ(voice.embedding.size(), 128u);
    EXPECT_EQ(warnings, 0) << "unit length";
  }
  EXPECT_THROW(LoadVoice(goldens / "voice_1_128.pt", 192), Error);
}

TEST_F(VoiceTest, JsonMayBeAnArrayARowOrAnObject) {
  const std::vector<float> expected{0.6f, 0.8f};
  EXPECT_EQ(Parse("[0.6, 0.8]", ".json", 2).embedding, expected);
  EXPECT_EQ(Parse("[[0.6, 0.8]]", ".json", 2).embedding, expected);
  EXPECT_EQ(Parse("[0.6, 0.8]", ".json", 2).name, "stem");
  EXPECT_EQ(Parse(R"({"embedding": [[0.6, 0.8]], "extra": 1})", ".json").embedding, expected);
}

TEST_F(VoiceTest, ManyVoicesInThePlaceOfOneAreListedByName) {
  const std::string message =
      Failure(R"({"zoe": [0.6, 0.8], "anna": {"embedding": [1]}})", ".json");
  EXPECT_NE(
      message.find("holds 2 voices, expected one: 'anna', 'zoe'; as voices.json in your folder "
                   "of voices each goes by its name"),
      std::string::npos)
      << message;
  std::string many;
  for (int i = 10; i < 40; ++i) many += StrCat(many.empty() ? "{" : ",", '"', i, "\":[1]");
  EXPECT_NE(Failure(many + "}", ".json").find("'29', ...; as"), std::string::npos);
  for (const char* other : {R"({"anna": [1], "version": 2})", "{}", R"({"anna": {}})"}) {
    EXPECT_NE(Failure(other, ".json").find("'embedding' is missing"), std::string::npos) << other;
  }
}

/// A safetensors file of one tensor.
std::string Safetensors(std::string_view dtype, const std::string& data) {
  std::string header = StrCat(R"({"embedding":{"dtype":")", dtype,
                              R"(","shape":[2],"data_offsets":[0,)", data.size(), "]}}");
  std::string out(8, '\0');
  out[0] = static_cast<char>(header.size());
  return out + header + data;
}

template <typename T>
std::string Raw(std::initializer_list<T> values) {
  return {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(T)};
}

// {0.5, -2} as numpy 2.5 and ml_dtypes (bfloat16: "<V2") and safetensors 0.8.0 write them; those of
// torch are in formats/torch_checkpoint_test.cc.
TEST_F(VoiceTest, EveryFormatHoldsTheSameTypesOfElements) {
  const std::vector<float> expected{0.5f, -2.0f};
  const auto npy = [](std::string_view type, const std::string& data) {
    return Npy(StrCat("{'descr': '", type, "', 'fortran_order': False, 'shape': (2,), }\n"), 0) +
           data;
  };
  const std::string halves = Raw<uint16_t>({0x3800, 0xC000});
  const std::string bfloats = Raw<uint16_t>({0x3F00, 0xC000});
  const std::string floats = Raw<float>({0.5f, -2.0f});
  const std::string doubles = Raw<double>({0.5, -2.0});
  EXPECT_EQ(Parse(npy("<f2", halves), ".npy").embedding, expected);
  EXPECT_EQ(Parse(npy("<V2", bfloats), ".npy").embedding, expected);
  EXPECT_EQ(Parse(npy("<f4", floats), ".npy").embedding, expected);
  EXPECT_EQ(Parse(npy("<f8", doubles), ".npy").embedding, expected);
  EXPECT_EQ(Parse(Safetensors("F16", halves), ".safetensors").embedding, expected);
  EXPECT_EQ(Parse(Safetensors("BF16", bfloats), ".safetensors").embedding, expected);
  EXPECT_EQ(Parse(Safetensors("F32", floats), ".safetensors").embedding, expected);
  EXPECT_EQ(Parse(Safetensors("F64", doubles), ".safetensors").embedding, expected);
}

TEST_F(VoiceTest, NpyOfFloatsAndDoublesLoads) {
  EXPECT_EQ(
      Parse(Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }\n", 12), ".npy", 3)
          .embedding.size(),
      3u);
  EXPECT_EQ(Parse(Npy("{\"shape\":(3,),\"descr\":\"<f8\",\"fortran_order\":False}", 24, 2), ".npy")
                .embedding[0],
            static_cast<float>(0x1.f3f3f3f3f3f3fp-12));
}

TEST_F(VoiceTest, EmbeddingsTooLongToBeAVoiceAreRefused) {
  EXPECT_NE(Failure("[3e38, 3e38]", ".json").find("expected at most 100"), std::string::npos);
  EXPECT_NE(Failure("[1e300, 1]", ".json").find("value 0 is inf"), std::string::npos);
  EXPECT_EQ(Parse("[60, 80]", ".json").embedding[1], 80.0f);
}

TEST_F(VoiceTest, NpyOfOtherKindsIsRefused) {
  const auto contains = [](const std::string& message, std::string_view part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  const std::string rest = ", 'fortran_order': False, 'shape': (3,), }";
  contains(Failure(Npy("{'descr': '>f4'" + rest, 12), ".npy"), "'>f4'");
  contains(Failure(Npy("{'descr': '<i4'" + rest, 12), ".npy"), "'<i4'");
  contains(Failure(Npy("{'descr': '|O'" + rest, 12), ".npy"), "'|O'");
  contains(Failure(Npy("{'descr': '<f4'" + rest, 13), ".npy"), "needs 12 bytes, found 13");
  contains(Failure(Npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 3), }", 12), ".npy"),
           "Fortran");
  contains(Failure(Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 1), }", 12), ".npy"),
           "[3, 1]");
  contains(Failure(Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-3,), }", 12), ".npy"),
           "a size");
  contains(Failure(Npy("{'descr': '<f4', 'fortran_order': False, 'shape': "
                       "(4294967296, 4294967296), }",
                       12),
                   ".npy"),
           "possible shape");
  contains(Failure(Npy("{'descr': __import__('os')}", 12), ".npy"), "a string");
  contains(Failure(Npy("{'descr': '<f4'}", 12), ".npy"), "expected descr");
  contains(Failure(Npy("{}", 12, 4), ".npy"), "version 4");
  contains(Failure(std::string("\x93NUMPY\x01\x00\xFF\xFF{}", 12), ".npy"), "header of 65535");
  contains(Failure("PK", ".npy"), "not a .npy");
}

TEST_F(VoiceTest, ValuesThatAreNoVoiceAreRefused) {
  const auto contains = [](const std::string& message, std::string_view part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  contains(Failure("[0.6, 0.8]", ".json", 128), "2 values, expected 128");
  contains(Failure("[]", ".json"), "0 values");
  contains(Failure("[0, 0]", ".json"), "all zero");
  contains(Failure("[1, 1e300]", ".json"), "value 1 is inf");
  contains(Failure("[1, \"x\"]", ".json"), "numbers");
  contains(Failure("[1, NaN]", ".json"), "JSON");
  contains(Failure(R"({"embedding": [1], "name": "../../x"})", ".json"), "voice name");
  contains(Failure(R"({"embedding": [1], "name": "a\u001b[2J"})", ".json"), "voice name");
  contains(Failure(R"({"embedding": [1], "notes": {"a": 3}})", ".json"), "notes");
  contains(Failure(R"({"embedding": [1], "default": "yes"})", ".json"), "default");
  contains(Failure("x", ".wav"), "'.wav'");
  std::string nan = Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", 0);
  contains(Failure(nan + std::string("\0\0\xC0\x7F", 4), ".npy"), "value 0 is nan");
}

TEST_F(VoiceTest, SafetensorsHoldOneFloatTensor) {
  const std::vector<float> values{0.6f, 0.8f};
  const std::vector<formats::NamedTensor> two{formats::FloatTensor("a", {2}, values),
                                              formats::FloatTensor("b", {2}, values)};
  formats::WriteSafetensors(folder_ / "two.safetensors", two);
  EXPECT_THROW(LoadVoice(folder_ / "two.safetensors", 2), Error);
  const std::vector<formats::NamedTensor> ints{
      formats::IntTensor("a", {1}, std::vector<int64_t>{1})};
  formats::WriteSafetensors(folder_ / "ints.safetensors", ints);
  EXPECT_THROW(LoadVoice(folder_ / "ints.safetensors", 1), Error);
}

TEST_F(VoiceTest, AnotherLengthWarnsAndChangesNothing) {
  std::string warning;
  const Voice voice = Parse("[3, 4]", ".json", 2, [&](std::string_view line) { warning = line; });
  EXPECT_EQ(voice.embedding, (std::vector<float>{3, 4}));
  EXPECT_NE(warning.find("length 5"), std::string::npos) << warning;
}

TEST_F(VoiceTest, CollectionsKeepTheOrderOfTheFile) {
  const auto voices = ParseVoiceCollection(
      R"({"zoe": [1, 0], "adam": {"embedding": [0, 1], "language": "es", "name": "other"}})", 2,
      "v");
  ASSERT_EQ(voices.size(), 2u);
  EXPECT_EQ(voices[0].name, "zoe");
  EXPECT_EQ(voices[1].name, "adam");
  EXPECT_EQ(voices[1].language, "es");
  EXPECT_THROW(ParseVoiceCollection(R"({"a": [1], "a": [1]})", 0, "v"), Error);
  EXPECT_THROW(ParseVoiceCollection("[[1]]", 0, "v"), Error);
}

TEST_F(VoiceTest, MessagesQuoteTheNameOfTheFile) {
  Write("a\nb.npy", "no voice");
  try {
    LoadVoice(folder_ / "a\nb.npy", 0);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("a\\x0Ab.npy'"), std::string::npos) << error.what();
  }
}

TEST_F(VoiceTest, AFolderGivesItsVoicesByName) {
  SaveVoice(Anna(), folder_ / "anna.json");
  Write("voices.json", R"({"zoe": [1, 0, 0], "adam": [0, 1, 0]})");
  Write("README.md", "no voice");
  Write(".hidden.json", "no voice");
  const auto voices = LoadVoiceFolder(folder_, 3);
  ASSERT_EQ(voices.size(), 3u);
  EXPECT_EQ(voices[0].name, "adam");
  EXPECT_EQ(voices[1].name, "anna");
  EXPECT_EQ(voices[2].name, "zoe");
  SaveVoice(Anna(), folder_ / "again.json");
  EXPECT_THROW(LoadVoiceFolder(folder_, 3), Error);
  EXPECT_THROW(LoadVoiceFolder(folder_ / "missing", 3), Error);
}

TEST_F(VoiceTest, SavingRefusesWhatCouldNotBeLoaded) {
  Voice voice = Anna();
  EXPECT_THROW(SaveVoice(voice, folder_ / "a.pt"), Error);
  voice.notes["source"] = "\xFF";
  EXPECT_THROW(SaveVoice(voice, folder_ / "a.safetensors"), Error);
  voice = Anna();
  voice.name = "a/b";
  EXPECT_THROW(SaveVoice(voice, folder_ / "a.npy"), Error);
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(VoiceTest, MixesHaveUnitLength) {
  Voice anna = Anna();
  Voice ben{.name = "ben", .language = "en_us", .embedding = {0, 1, 0}, .notes = {}};
  const std::vector<Voice> voices{anna, ben};
  const Voice mix = MixVoices(voices, std::vector<float>{1.0f, 0.5f});
  EXPECT_EQ(mix.language, "en_us");
  const float norm = std::sqrt(0.6f * 0.6f + 0.02f * 0.02f + 0.64f * 0.64f);
  EXPECT_NEAR(mix.embedding[0], 0.6f / norm, 1e-6);
  EXPECT_NEAR(mix.embedding[1], 0.02f / norm, 1e-6);
  EXPECT_NEAR(mix.embedding[2], 0.64f / norm, 1e-6);
  EXPECT_EQ(mix.notes.at("mix"), "1 anna + 0.5 ben");

  EXPECT_THROW(MixVoices({}, {}), Error);
  EXPECT_THROW(MixVoices(voices, std::vector<float>{1.0f}), Error);
  EXPECT_THROW(MixVoices(voices, std::vector<float>{1.0f, INFINITY}), Error);
  EXPECT_THROW(MixVoices(std::vector<Voice>{anna, anna}, std::vector<float>{1.0f, -1.0f}), Error);
  ben.embedding = {1};
  EXPECT_THROW(MixVoices(std::vector<Voice>{anna, ben}, std::vector<float>{1.0f, 1.0f}), Error);
}

}  // namespace
}  // namespace kani::voices
