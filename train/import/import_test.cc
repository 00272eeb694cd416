#include "train/import/import.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "train/data/testing.h"

namespace kani::train {
namespace {

template <typename Parse>
std::string ErrorOf(Parse parse, std::string_view text) {
  try {
    parse(text, "folder", "list", ImportDefaults{});
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidFile);
    return error.what();
  }
  return "no error";
}

void WriteText(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

TEST(ImportTest, ReadsLjSpeechListsAndPrefersTheNormalisedText) {
  const ImportDefaults defaults{"linda", "en", "lj"};
  const std::vector<Recording> list = ParseMetadataCsv(
      "\xEF\xBB\xBFLJ001-0001|Dr. Smith, 42|Doctor Smith, forty-two\r\nLJ001-0002|Plain text\n\n"
      "LJ001-0003||\n",
      "folder", "list", defaults);
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0], (Recording{"folder/wavs/LJ001-0001.wav", "Doctor Smith, forty-two", "linda",
                                "en", "lj", "LJ001-0001"}));
  EXPECT_EQ(list[1].text, "Plain text");
  EXPECT_EQ(list[2].text, "");
}

TEST(ImportTest, FindsSoundOfAnotherExtensionBesideTheList) {
  const TestFolder folder;
  WriteText(folder / "speech/wavs/a.flac", "");
  WriteText(folder / "speech/metadata.csv", "a|One\nb|Two");
  const std::vector<Recording> list = ImportRecordings(folder / "speech/", {});
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].path, folder / "speech/wavs/a.flac");
  EXPECT_EQ(list[1].path, folder / "speech/wavs/b.wav");
  EXPECT_EQ(list[0].source, "speech");
}

TEST(ImportTest, ReadsJsonLinesWithPiecesOfLongRecordings) {
  const std::vector<Recording> list = ParseJsonl(
      R"({"audio": "a/b.opus", "text": " Hola. ", "speaker": "ana", "language": "es"}
{"audio": "/c.mp3", "text": "x", "start": 1.5, "end": 4, "id": "c1", "source": "radio"}
{"audio": "c.mp3", "start": 4}
)",
      "folder", "list", {.speaker = "nobody", .language = "en", .source = "books"});
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0], (Recording{"folder/a/b.opus", "Hola.", "ana", "es", "books", "a/b.opus"}));
  EXPECT_EQ(list[1], (Recording{"/c.mp3", "x", "nobody", "en", "radio", "c1", 1.5, 4}));
  EXPECT_EQ(list[2].id, "c.mp3#4-inf");
  EXPECT_EQ(list[2].text, "");
}

TEST(ImportTest, ImportsTheMinuteOfSpeechOfTheTests) {
  const std::filesystem::path path = KANI_TEST_DATA "/training/corpus/metadata.jsonl";
  const std::vector<Recording> list = ImportRecordings(path, {});
  ASSERT_EQ(list.size(), 18u);
  for (const Recording& recording : list) {
    EXPECT_TRUE(std::filesystem::exists(recording.path)) << recording.path;
    EXPECT_EQ(recording.source, "corpus");
  }
}

TEST(ImportTest, NamesFileAndLineOfBadLists) {
  EXPECT_EQ(ErrorOf(ParseMetadataCsv, "a|b\nc"),
            "list:2: 1 fields, expected id|text or id|text|normalised");
  EXPECT_EQ(ErrorOf(ParseMetadataCsv, "a|b|c|d"),
            "list:1: 4 fields, expected id|text or id|text|normalised");
  EXPECT_EQ(ErrorOf(ParseMetadataCsv, "|b"), "list:1: id is empty");
  EXPECT_EQ(ErrorOf(ParseMetadataCsv, std::string_view("a\0b|c", 5)),
            "list:1: id holds a zero byte");
  EXPECT_NE(ErrorOf(ParseMetadataCsv, "a|\xFF").find("list:1: text: "), std::string::npos);
  EXPECT_NE(
      ErrorOf(ParseMetadataCsv, "a|" + std::string(1 << 17, 'x')).find("text of 131072 bytes"),
      std::string::npos);
  EXPECT_NE(ErrorOf(ParseMetadataCsv, "a|" + std::string(1 << 19, 'x')).find("line of"),
            std::string::npos);
  EXPECT_EQ(ErrorOf(ParseJsonl, R"({"audio": "a", "langauge": "en"})"),
            "list:1: unknown key 'langauge'; the nearest known is 'language'");
  EXPECT_EQ(ErrorOf(ParseJsonl, "\n{\"text\": \"a\"}"),
            "list:2: key 'audio' is missing, expected a string");
  EXPECT_EQ(ErrorOf(ParseJsonl, R"({"audio": "a", "start": 3, "end": 2})"),
            "list:1: from 3 s to 2 s is no piece of a recording");
  EXPECT_NE(ErrorOf(ParseJsonl, R"({"audio": "a", "start": -1})").find("list:1: key 'start'"),
            std::string::npos);
  EXPECT_NE(ErrorOf(ParseJsonl, R"({"audio": "a", "text": 5})").find("list:1: key 'text'"),
            std::string::npos);
  EXPECT_NE(ErrorOf(ParseJsonl, R"({"audio": "a\u0000b"})").find("no name of a file"),
            std::string::npos);
  for (const char* start : {"1e300", "1e999", "99999999999999999999", "\"1\"", "null1"}) {
    EXPECT_NE(
        ErrorOf(ParseJsonl, StrCat(R"({"audio": "a", "start": )", start, "}")).find("list:1: "),
        std::string::npos)
        << start;
  }
  EXPECT_NE(ErrorOf(ParseJsonl, R"({"audio": 5})").find("key 'audio': expected a string"),
            std::string::npos);
  EXPECT_NE(ErrorOf(ParseJsonl, "{\"audio\": \"\xFF\"}").find("list:1: not valid JSON"),
            std::string::npos);
  EXPECT_NE(ErrorOf(ParseJsonl, "[1]").find("expected a JSON object"), std::string::npos);
  EXPECT_NE(ErrorOf(ParseJsonl, "{").find("list:1: not valid JSON"), std::string::npos);
}

TEST(ImportTest, AListWithoutLinesHasNoRecordings) {
  for (const char* text : {"", "\n\n", "\xEF\xBB\xBF", " \r\n"}) {
    EXPECT_TRUE(ParseMetadataCsv(text, "folder", "list", {}).empty());
    EXPECT_TRUE(ParseJsonl(text, "folder", "list", {}).empty());
  }
}

TEST(ImportTest, SaysWhatItTakesWhenGivenAnotherFile) {
  const TestFolder folder;
  WriteText(folder / "list.txt", "");
  const auto code_of = [&](const char* name) {
    try {
      ImportRecordings(folder / name, {});
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::kInternal;
  };
  EXPECT_EQ(code_of("list.txt"), ErrorCode::kUnsupported);
  EXPECT_EQ(code_of("nothing"), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(""), ErrorCode::kNotFound);  // a folder without metadata.csv
}

}  // namespace
}  // namespace kani::train
