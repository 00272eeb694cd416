#include "train/import/import.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "train/data/testing.h"
#include "train/import/table_dialect.h"

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
  const RecordingList list = ParseMetadataCsv(
      "\xEF\xBB\xBFLJ001-0001|Dr. Smith, 42|Doctor Smith, forty-two\r\nLJ001-0002|Plain text\n\n"
      "LJ001-0003||\n",
      "folder", "list", defaults);
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0], (ListedRecording{"folder/wavs/LJ001-0001.wav", "Doctor Smith, forty-two",
                                      "linda", "en", "lj", "LJ001-0001"}));
  EXPECT_EQ(list[1].text, "Plain text");
  EXPECT_EQ(list[2].text, "");
}

struct Row {
  std::string id, text, speaker, language;
  bool operator==(const Row&) const = default;
};
std::vector<Row> Rows(std::string_view csv, const std::vector<std::string>& columns = {}) {
  std::vector<Row> out;
  for (const ListedRecording& one : ParseMetadataCsv(csv, "folder", "list", {.columns = columns})) {
    out.push_back({one.id, one.text, one.speaker, one.language});
  }
  return out;
}

// One list each, as these write or read them: Coqui TTS 0.22 (formatters), its XTTS recipe, F5-TTS
// 1.1, Piper 1.8 with one voice and with several, VITS, Bert-VITS2, Thorsten-Voice, Common Voice.
TEST(ImportTest, EveryDialectIsUnderstoodByWhatStandsInIt) {
  const std::vector<Row> spoken{{"a1", "Hello there.", "", ""}, {"a2", "Good morning.", "", ""}};
  EXPECT_EQ(Rows("a1|Hello there.\na2|Good morning.\n"), spoken);  // Piper, Thorsten
  EXPECT_EQ(Rows("id|text|normalized_text\na1|Hi|Hello there.\na2|Good morning.|\n"), spoken);
  EXPECT_EQ(Rows("audio_file|text\na1|Hello there.\na2|Good morning.\n"), spoken);  // F5-TTS
  EXPECT_EQ(Rows("file_name,transcription\na1,Hello there.\na2,\"Good morning.\"\n"), spoken);
  const std::vector<Row> lily{{"a1", "Hello there.", "lily", ""},
                              {"a2", "Good morning.", "lily", ""}};
  EXPECT_EQ(Rows("a1|Hello there.|lily\na2|Good morning.|lily\n"), lily);
  EXPECT_EQ(Rows("audio_file|text|speaker_name\na1|Hello there.|lily\na2|Good morning.|lily\n"),
            lily);                                                             // XTTS
  EXPECT_EQ(Rows("a1|lily|Hello there.\na2|lily|Good morning.\n"), lily);      // Piper
  EXPECT_EQ(Rows("a1|0|Hello there.\na2|0|Good morning.\n")[1].speaker, "0");  // VITS
  const std::vector<Row> tagged{{"a1", "Hello there.", "lily", "EN"},
                                {"a2", "Good morning.", "lily", "EN"}};
  EXPECT_EQ(Rows("a1|lily|EN|Hello there.\na2|lily|EN|Good morning.\n"), tagged);  // Bert-VITS2
  EXPECT_EQ(Rows("client_id\tpath\tsentence\tup_votes\tlocale\n"
                 "lily\ta1\tHello there.\t2\tEN\nlily\ta2\tGood morning.\t0\tEN\n"),
            tagged);  // Common Voice
}

TEST(ImportTest, WhatIsNotClearIsAskedForAndTakenAsTold) {
  // Three speakers of one clip each: neither another spelling of the text nor a name that returns.
  const std::string csv = "a1|Hello there.|lily\na2|Good morning.|ben\na3|It rains.|zoe\n";
  EXPECT_THROW(Rows(csv), UnclearColumnsError);
  const std::vector<Row> told = Rows(csv, {"id", "text", "speaker"});
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[1], (Row{"a2", "Good morning.", "ben", ""}));
  EXPECT_EQ(Rows("a1|x|Hello.\na2|y|Bye.\n", {"id", "-", "text"})[1].text, "Bye.");
  EXPECT_EQ(Rows("id|text\na|b\n", {"id", "text"}).size(), 1u);  // the header is still one
  EXPECT_THROW(Rows(csv, {"id", "speaker"}), Error);
  EXPECT_THROW(Rows("a|b|c|d|e\n"), UnclearColumnsError);
}

TEST(ImportTest, ListsOfSpreadsheetsAndFilesFromWindows) {
  const std::vector<Row> one{{"a1", "Hello, there.", "", ""}};
  EXPECT_EQ(Rows("file_name;text\na1;Hello, there.\n"), one);  // Excel, where , is a decimal sign
  EXPECT_EQ(Rows("file_name;text\na1;\"Hello, there.\"\n"), one);
  // pandas 3.1.1: to_csv(sep='|', quoting=QUOTE_ALL)
  EXPECT_EQ(Rows("\"file_name\"|\"text\"\n\"a1\"|\"Hello, there.\"\n"), one);
  EXPECT_THROW(Rows("a1,\"Hello, there.\"\n"), UnclearColumnsError);
  EXPECT_EQ(Rows("a1,\"Hello, there.\"\n", {"id", "text"}), one);
  EXPECT_THROW(Rows("a1;\"Hello there.\"\n"), UnclearColumnsError);
  const TestFolder folder;
  WriteText(folder / "wavs/a1.wav", "sound");
  WriteText(folder / "metadata.csv", "wavs\\a1.wav|Hello.\n");
  EXPECT_EQ(ImportRecordings(folder.path(), {})[0].path, folder / "wavs/a1.wav");
}

// StyleTTS2's lists and Matcha-TTS's.
TEST(ImportTest, ShortNumbersAreSpeakers) {
  const std::vector<Row> two{{"a1", "Hello there.", "0", ""}, {"a2", "It rains.", "7", ""}};
  EXPECT_EQ(Rows("a1|Hello there.|0\na2|It rains.|7\n"), two);
  EXPECT_EQ(Rows("a1|0|Hello there.\na2|7|It rains.\n"), two);
}

TEST(ImportTest, WhatIsNoTextIsNamed) {
  using namespace std::string_literals;
  const TestFolder folder;
  const auto error_of = [&](const std::string& bytes) -> std::string {
    std::ofstream(folder / "list", std::ios::binary) << bytes;
    try {
      ImportRecordings(folder / "list", {});
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidFile);
      return error.what();
    }
    return "read";
  };
  const auto expect = [&](const std::string& bytes, const char* words) {
    EXPECT_NE(error_of(bytes).find(words), std::string::npos) << error_of(bytes);
  };
  expect("\xFF\xFE"s + "a\0|\0x\0"s, "is text in UTF-16, expected UTF-8");
  expect("PK\x03\x04 and so on", "a workbook of Excel; unpack it");
  expect("\x1F\x8B\x08"s, "but is compressed with gzip");
  expect("a.wav"s + std::string(252, '\0') + "ustar" + std::string(100, '\0'),
         "but is a tar archive");
  expect("RIFF\x24\0\0\0WAVEfmt "s, "is no text, expected a list of recordings");
  expect("SQLite format 3\0"s, "is no text");
  expect("<!DOCTYPE html>", "is a web page");
  expect("a1|Hel\0lo\n"s, "is no text");
  expect("a1|"s + std::string(2000, 'x') + "\0"s, "text holds a zero byte");
}

TEST(ImportTest, QuotesNeverMergeClips) {
  // LJSpeech does not quote: a quote is a quote.
  EXPECT_EQ(Rows("a|\"He said no.\nb|And \"yes\".\nc|\"Whole.\"\n"),
            (std::vector<Row>{{"a", "\"He said no.", "", ""},
                              {"b", "And \"yes\".", "", ""},
                              {"c", "\"Whole.\"", "", ""}}));
  // pandas 2.3 with sep="|" does: a bar in a text, or a quote doubled, shows it.
  EXPECT_EQ(Rows("a|\"One|two\"\nb|\"He said \"\"no\"\".\"\n"),
            (std::vector<Row>{{"a", "One|two", "", ""}, {"b", "He said \"no\".", "", ""}}));
  EXPECT_EQ(ErrorOf(ParseMetadataCsv, "file_name,text\na,\"One\ntwo\"\nb,Three\n"),
            "list:2: a field in quotes does not end on its line; each recording has one line");
}

TEST(ImportTest, NamesAreTriedAsTheyStandBeforeAnythingIsAdded) {
  const TestFolder folder;
  for (const char* name : {"wavs/a1.wav", "wavs/b.wav", "wavs/b.wav.wav", "wav/c.flac", "d.mp3"}) {
    WriteText(folder / "speech" / name, "");
  }
  WriteText(folder / "speech/metadata.csv",
            "a1.wav|One\nb.wav|Two\nc|Three\nd|Four\nwavs/a1.wav|Five\n");
  const RecordingList list = ImportRecordings(folder / "speech", {});
  ASSERT_EQ(list.size(), 5u);
  const char* const expected[] = {"wavs/a1.wav", "wavs/b.wav", "wav/c.flac", "d.mp3",
                                  "wavs/a1.wav"};
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(list[i].path, folder / "speech" / expected[i]) << i;
}

TEST(ImportTest, AListWithoutAnyOfItsSoundSaysWhereItLooked) {
  const TestFolder folder;
  WriteText(folder / "speech/metadata.csv", "a1|One\na2|Two\n");
  try {
    ImportRecordings(folder / "speech", {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_NE(std::string(error.what())
                  .find("none of its 2 recordings is there, the first is 'a1'; "
                        "looked beside the list and in wavs wav clips audio"),
              std::string::npos)
        << error.what();
  }
}

// NeMo 2.4 manifests, Hugging Face audiofolder, Emilia.
TEST(ImportTest, JsonLinesOfOtherToolsAreTaken) {
  const RecordingList list = ParseJsonl(
      R"({"audio_filepath": "a.wav", "duration": 3.2, "text": "One."}
{"audio_filepath": "b.wav", "offset": 2, "duration": 1.5, "text": "Two.", "speaker": 17}
{"file_name": "c.mp3", "transcription": "Three."}
{"id": "EN_B1_S2", "wav": "d.mp3", "text": " Four.", "duration": 2.5, "speaker": "EN_B1", "language": "en", "dnsmos": 3.4}
{"wav": "e.mp3", "text": "Five.", "dnsmos": 2.1, "phone_count": 4}
)",
      "folder", "list", {.min_dnsmos = 3});
  ASSERT_EQ(list.size(), 4u);
  const auto stating = [](ListedRecording recording, float seconds) {
    recording.stated_s = seconds;
    return recording;
  };
  EXPECT_EQ(list[0], stating({"folder/a.wav", "One.", "", "", "", "a.wav"}, 3.2f));
  EXPECT_EQ(list[1], stating({"folder/b.wav", "Two.", "17", "", "", "b.wav#2-3.5", 2, 3.5}, 1.5f));
  EXPECT_EQ(list[2].text, "Three.");
  EXPECT_EQ(list[2].stated_s, 0);
  EXPECT_EQ(list[3], stating({"folder/d.mp3", "Four.", "EN_B1", "en", "", "EN_B1_S2"}, 2.5f));
  EXPECT_EQ(ErrorOf(ParseJsonl, R"({"audio": "a", "wav": "b"})"),
            "list:1: keys 'audio' and 'wav' say the same, expected one of them");
  EXPECT_EQ(ErrorOf(ParseJsonl, R"({"audio": "a", "loudness_range": 3})"),
            "list:1: unknown key 'loudness_range'");
}

// Dataset.to_json of datasets 4.8.5 and 5.2.0.
TEST(ImportTest, AudioOfDatasetsInJsonLinesIsAnObjectWithAPath) {
  const RecordingList list =
      ParseJsonl(R"({"audio":{"bytes":null,"path":"\/data\/a0.wav"},"text":"One.","speaker":"x"})",
                 "folder", "list", {});
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0], (ListedRecording{"/data/a0.wav", "One.", "x", "", "", "/data/a0.wav"}));
  try {
    ParseJsonl(R"({"audio":{"bytes":"UklGRg==","path":"a.wav"},"text":"One."})", "folder", "list",
               {});
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  }
}

TEST(ImportTest, AListKeepsEveryRecordingAsItWas) {
  std::vector<ListedRecording> recordings;
  for (int i = 0; i < 30000; ++i) {
    ListedRecording one{StrCat("folder/", i % 3, "/", i, i % 5 == 0 ? "" : ".wav"),
                        std::string(static_cast<size_t>(i % 97), 'x'),
                        StrCat("s", i % 7),
                        "en",
                        "books",
                        i % 2 == 0 ? StrCat(i) : StrCat("clip ", i)};
    if (i % 11 == 0) one.begin_s = i;
    if (i % 13 == 0) one.end_s = i + 1;
    if (i % 17 == 0) one.stated_s = 0.5 * i;
    if (i % 19 == 0) one.table_row = i;
    recordings.push_back(std::move(one));
  }
  recordings.push_back({std::string(70000, 'f'), std::string(65536, 't'), "", "", "", "i"});
  recordings.push_back({"a/b.wav", "same", "", "", "", "b"});
  recordings.push_back({"a/b.wav", "same", "", "", "", "c"});
  const RecordingList list(recordings);
  ASSERT_EQ(list.size(), recordings.size());
  for (size_t i = 0; i < list.size(); ++i) ASSERT_EQ(list[i], recordings[i]) << i;
  EXPECT_TRUE(list.IsSameFile(list.size() - 1, list.size() - 2));
  EXPECT_FALSE(list.IsSameFile(0, 1));
}

TEST(ImportTest, WhatCanHardlyBeMeantIsCounted) {
  const auto one = [](const char* file, const char* text, const char* id, const char* language) {
    return ListedRecording{file, text, "", language, "s", id};
  };
  EXPECT_TRUE(
      FindOddities(RecordingList({one("a", "Hi", "a", "en"), one("b", "Ja", "b", "ja")})).empty());
  const std::vector<std::string> found = FindOddities(RecordingList(
      {one("a", "Hello", "a", "en"), one("b", "Bye", "b", "en"), one("a", "Hello", "c", "en"),
       one("d", "Once", "d", "en"), one("e", "Twice", "d", "en"), one("f", "Привет 5", "f", "en"),
       one("g", "Hello", "g", "ru"), one("h", "Ещё", "h", "ru")}));
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0], "1 recordings are there twice, the first: 'a'");
  EXPECT_EQ(found[1], "1 ids have more than one text, the first: 'd'");
  EXPECT_EQ(found[2],
            "2 texts are in another script than their language, the first: 'Привет 5' (en)");
}

TEST(ImportTest, FindsSoundOfAnotherExtensionBesideTheList) {
  const TestFolder folder;
  WriteText(folder / "speech/wavs/a.flac", "");
  WriteText(folder / "speech/metadata.csv", "a|One\nb|Two");
  const RecordingList list = ImportRecordings(folder / "speech/", {});
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].path, folder / "speech/wavs/a.flac");
  EXPECT_EQ(list[1].path, folder / "speech/wavs/b.wav");
  EXPECT_EQ(list[0].source, "speech");
}

TEST(ImportTest, ReadsJsonLinesWithPiecesOfLongRecordings) {
  const RecordingList list = ParseJsonl(
      R"({"audio": "a/b.opus", "text": " Hola. ", "speaker": "ana", "language": "es"}
{"audio": "/c.mp3", "text": "x", "start": 1.5, "end": 4, "id": "c1", "source": "radio"}
{"audio": "c.mp3", "start": 4}
)",
      "folder", "list", {.speaker = "nobody", .language = "en", .source = "books"});
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0],
            (ListedRecording{"folder/a/b.opus", "Hola.", "ana", "es", "books", "a/b.opus"}));
  EXPECT_EQ(list[1], (ListedRecording{"/c.mp3", "x", "nobody", "en", "radio", "c1", 1.5, 4}));
  EXPECT_EQ(list[2].id, "c.mp3#4-inf");
  EXPECT_EQ(list[2].text, "");
}

TEST(ImportTest, ImportsTheMinuteOfSpeechOfTheTests) {
  const std::filesystem::path path = KANI_TEST_DATA "/training/corpus/metadata.jsonl";
  const RecordingList list = ImportRecordings(path, {});
  ASSERT_EQ(list.size(), 18u);
  for (const ListedRecording& recording : list) {
    EXPECT_TRUE(std::filesystem::exists(recording.path)) << recording.path;
    EXPECT_EQ(recording.source, "corpus");
  }
}

TEST(ImportTest, NamesFileAndLineOfBadLists) {
  EXPECT_EQ(ErrorOf(ParseMetadataCsv, "a|b\nc"), "list:2: 1 fields, expected 2");
  EXPECT_EQ(
      ErrorOf(ParseMetadataCsv, "a|Some text|b|c"),
      "list: what its 4 columns hold is not clear, the first line has 'a' | 'Some text' | 'b' | "
      "'c'");
  EXPECT_EQ(ErrorOf(ParseMetadataCsv, "only words, no bars"),
            "list:1: 'only words, no bars', expected fields with | between them, id|text or "
            "id|text|normalised, or a header");
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
  WriteText(folder / "list.txt", "A letter, no list.");
  const auto code_of = [&](const char* name) {
    try {
      ImportRecordings(folder / name, {});
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::kInternal;
  };
  EXPECT_EQ(code_of("list.txt"), ErrorCode::kInvalidFile);
  EXPECT_EQ(code_of("nothing"), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(""), ErrorCode::kNotFound);  // a folder without metadata.csv
}

}  // namespace
}  // namespace kani::train
