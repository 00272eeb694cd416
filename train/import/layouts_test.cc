#include "train/import/layouts.h"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>

#include "base/error.h"
#include "train/data/testing.h"

namespace kani::train {
namespace {

void Write(const TestFolder& folder, const std::string& name, const std::string& text) {
  const std::filesystem::path path = folder.path() / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

std::string ErrorOf(std::string_view layout, const std::filesystem::path& folder) {
  try {
    ImportLayout(layout, folder, {});
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(LayoutsTest, LibriTtsAndLibriTtsR) {
  const TestFolder folder;
  Write(folder, "train-clean-100/103/1240/103_1240_000000_000001.wav", "sound");
  Write(folder, "train-clean-100/103/1240/103_1240_000000_000001.normalized.txt", "CHAPTER one\n");
  Write(folder, "train-clean-100/103/1240/103_1240_000000_000001.original.txt", "CHAPTER 1.");
  Write(folder, "train-clean-100/103/1240/103_1240.trans.tsv", "not read");
  Write(folder, "train-clean-100/1034/121119/1034_121119_000001_000001.normalized.txt", "Second.");
  const RecordingList list = ImportLayout("libritts", folder.path(), {.source = "libri"});
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].path, folder / "train-clean-100/103/1240/103_1240_000000_000001.wav");
  EXPECT_EQ(list[0].text, "CHAPTER one");
  EXPECT_EQ(list[0].speaker, "103");
  EXPECT_EQ(list[0].id, "103_1240_000000_000001");
  EXPECT_EQ(list[0].source, "libri");
  EXPECT_EQ(list[1].speaker, "1034");
}

TEST(LayoutsTest, LibriSpeech) {
  const TestFolder folder;
  Write(folder, "84/121123/84-121123-0001.flac", "sound");
  Write(folder, "84/121123/84-121123.trans.txt", "84-121123-0000 GO DO\n84-121123-0001 BUT\n");
  const RecordingList list = ImportLayout("librispeech", folder.path(), {.language = "en"});
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].path, folder / "84/121123/84-121123-0000.flac");
  EXPECT_EQ(list[0].text, "GO DO");
  EXPECT_EQ(list[0].speaker, "84");
  EXPECT_EQ(list[0].language, "en");
}

TEST(LayoutsTest, MlsFindsOpusAndFlac) {
  const TestFolder folder;
  Write(folder, "train/transcripts.txt",
        "10214_10108_000000\ty por lo tanto\n9972_9978_000001\tsegunda\n");
  Write(folder, "train/audio/10214/10108/10214_10108_000000.flac", "sound");
  const RecordingList list = ImportLayout("mls", folder.path(), {});
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].path, folder / "train/audio/10214/10108/10214_10108_000000.flac");
  EXPECT_EQ(list[0].text, "y por lo tanto");
  EXPECT_EQ(list[0].speaker, "10214");
  EXPECT_EQ(list[1].path, folder / "train/audio/9972/9978/9972_9978_000001.opus");
  Write(folder, "train/transcripts.txt", "a\tb\n");
  EXPECT_NE(ErrorOf("mls", folder.path()).find("'a' is no SPEAKER_BOOK_NUMBER"), std::string::npos);
}

TEST(LayoutsTest, CommonVoice) {
  const TestFolder folder;
  Write(folder, "clips/common_voice_es_1.mp3", "sound");
  Write(folder, "validated.tsv",
        "client_id\tpath\tsentence_id\tsentence\tsentence_domain\tup_votes\tdown_votes\tage\t"
        "gender\taccents\tvariant\tlocale\tsegment\n"
        "0a1b\tcommon_voice_es_1.mp3\tf00\tDijo: \"Hola\", y se fue.\t\t2\t0\t\t\t\t\tes\t\n");
  const RecordingList list = ImportLayout("common-voice", folder.path(), {});
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].path, folder / "clips/common_voice_es_1.mp3");
  EXPECT_EQ(list[0].text, "Dijo: \"Hola\", y se fue.");
  EXPECT_EQ(list[0].speaker, "0a1b");
  EXPECT_EQ(list[0].language, "es");
}

TEST(LayoutsTest, KaldiWithAndWithoutSegments) {
  const TestFolder folder;
  Write(folder, "wav.scp", "u1 u1.wav\n");
  Write(folder, "u1.wav", "sound");
  Write(folder, "text", "u1 hello there\n");
  RecordingList list = ImportLayout("kaldi", folder.path(), {});
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].path, folder / "u1.wav");
  EXPECT_EQ(list[0].text, "hello there");
  Write(folder, "text", "s1-1 hello\ns1-2 there\n");
  Write(folder, "segments", "s1-1 u1 0.5 1.25\ns1-2 u1 1.25 -1\n");
  Write(folder, "utt2spk", "s1-1 s1\ns1-2 s1\n");
  list = ImportLayout("kaldi", folder.path(), {});
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].begin_s, 0.5);
  EXPECT_EQ(list[0].end_s, 1.25);
  EXPECT_EQ(list[0].speaker, "s1");
  EXPECT_EQ(list[1].end_s, std::numeric_limits<double>::infinity());
  Write(folder, "wav.scp", "u1 sph2pipe -f wav u1.sph |\n");
  EXPECT_NE(ErrorOf("kaldi", folder.path()).find("is a command"), std::string::npos);
}

TEST(LayoutsTest, SaysWhatIsNotThere) {
  const TestFolder folder;
  EXPECT_NE(ErrorOf("mls", folder.path()).find("has no files *transcripts.txt"), std::string::npos);
  EXPECT_NE(ErrorOf("common-voice", folder.path()).find("no validated.tsv"), std::string::npos);
  EXPECT_NE(ErrorOf("libritts", folder / "absent").find("is no folder"), std::string::npos);
  EXPECT_NE(ErrorOf("vctk", folder.path()).find("expected one of libritts"), std::string::npos);
  Write(folder, "1/2/1_2.normalized.txt", "text without sound");
  EXPECT_NE(ErrorOf("libritts", folder.path()).find("none of its 1 recordings is there"),
            std::string::npos);
}

}  // namespace
}  // namespace kani::train
