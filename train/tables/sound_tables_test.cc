#include "train/tables/sound_tables.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/ipc/api.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include <fstream>
#include <thread>

#include "base/error.h"
#include "train/data/testing.h"
#include "train/import/table_dialect.h"

namespace kani::train {
namespace {

using Columns = std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>>;

std::shared_ptr<arrow::Array> Finish(arrow::ArrayBuilder& builder) {
  return builder.Finish().ValueOrDie();
}

/// A null for "".
template <typename Builder = arrow::StringBuilder>
std::shared_ptr<arrow::Array> Strings(const std::vector<std::string>& values) {
  Builder builder;
  for (const std::string& value : values) {
    EXPECT_TRUE((value.empty() ? builder.AppendNull() : builder.Append(value)).ok());
  }
  return Finish(builder);
}
std::shared_ptr<arrow::Array> Bytes(const std::vector<std::string>& values) {
  return Strings<arrow::BinaryBuilder>(values);
}

std::shared_ptr<arrow::Array> Numbers(const std::vector<int64_t>& values) {
  arrow::Int64Builder builder;
  EXPECT_TRUE(builder.AppendValues(values).ok());
  return Finish(builder);
}

std::shared_ptr<arrow::Array> Seconds(const std::vector<double>& values) {
  arrow::DoubleBuilder builder;
  EXPECT_TRUE(builder.AppendValues(values).ok());
  return Finish(builder);
}

/// What `datasets` makes of its feature Audio.
std::shared_ptr<arrow::Array> Audio(const std::vector<std::string>& bytes,
                                    const std::vector<std::string>& paths) {
  return arrow::StructArray::Make({Bytes(bytes), Strings(paths)},
                                  std::vector<std::string>{"bytes", "path"})
      .ValueOrDie();
}

std::shared_ptr<arrow::Table> TableOf(const Columns& columns) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const auto& [name, array] : columns) {
    fields.push_back(arrow::field(name, array->type()));
    arrays.push_back(array);
  }
  return arrow::Table::Make(arrow::schema(fields), arrays);
}

void WriteParquet(const std::filesystem::path& path, const Columns& columns,
                  int64_t group_rows = 1000) {
  std::filesystem::create_directories(path.parent_path());
  const auto file = arrow::io::FileOutputStream::Open(path.string()).ValueOrDie();
  ASSERT_TRUE(
      parquet::arrow::WriteTable(*TableOf(columns), arrow::default_memory_pool(), file, group_rows)
          .ok());
  ASSERT_TRUE(file->Close().ok());
}

/// @param stream as `datasets` saves, else Feather's
void WriteArrow(const std::filesystem::path& path, const Columns& columns, bool stream = true,
                int64_t batch_rows = 1000) {
  std::filesystem::create_directories(path.parent_path());
  const auto file = arrow::io::FileOutputStream::Open(path.string()).ValueOrDie();
  const auto table = TableOf(columns);
  const auto writer = (stream ? arrow::ipc::MakeStreamWriter(file, table->schema())
                              : arrow::ipc::MakeFileWriter(file, table->schema()))
                          .ValueOrDie();
  ASSERT_TRUE(writer->WriteTable(*table, batch_rows).ok());
  ASSERT_TRUE(writer->Close().ok());
  ASSERT_TRUE(file->Close().ok());
}

Columns TwoClips() {
  return {{"audio", Audio({"sound one", "sound two"}, {"a1.wav", ""})},
          {"text", Strings({"Hello.", " There. "})},
          {"speaker_id", Numbers({14, 15})},
          {"locale", Strings({"en", ""})},
          {"duration", Seconds({1.5, 2})}};
}

std::string Read(EmbeddedSound& sound, const std::filesystem::path& path, int64_t row) {
  const std::vector<std::byte> bytes = sound.Read(path, row);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string ErrorOf(const std::filesystem::path& path, const ImportDefaults& defaults = {},
                    const std::string& split = "") {
  try {
    ImportSoundTables(path, defaults, split);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

void ExpectTwoClips(const std::filesystem::path& path) {
  const ImportDefaults defaults{.language = "es", .source = "here"};
  ASSERT_TRUE(IsSoundTable(path));
  const RecordingList list = ImportSoundTables(path, defaults, "");
  ASSERT_EQ(list.size(), 2u);
  ListedRecording expected{path, "Hello.", "14", "en", "here", "a1"};
  expected.table_row = 0;
  expected.stated_s = 1.5;
  EXPECT_EQ(list[0], expected);
  expected = {path, "There.", "15", "es", "here", path.stem().string() + "#1"};
  expected.table_row = 1;
  expected.stated_s = 2;
  EXPECT_EQ(list[1], expected);
  EXPECT_FALSE(list.IsSameFile(0, 1));
  EmbeddedSound sound({});
  EXPECT_EQ(Read(sound, path, 1), "sound two");
  EXPECT_EQ(Read(sound, path, 0), "sound one");
  EXPECT_THROW(sound.Read(path, 2), Error);
}

TEST(SoundTablesTest, ParquetArrowStreamAndFeatherAreTheSame) {
  const TestFolder folder;
  WriteParquet(folder / "clips.parquet", TwoClips());
  ExpectTwoClips(folder / "clips.parquet");
  WriteArrow(folder / "data-00000-of-00001.arrow", TwoClips());
  ExpectTwoClips(folder / "data-00000-of-00001.arrow");
  WriteArrow(folder / "clips.feather", TwoClips(), /*stream=*/false);
  ExpectTwoClips(folder / "clips.feather");
}

TEST(SoundTablesTest, OtherTypesOfTextAndBytes) {
  const TestFolder folder;
  const auto dictionary = arrow::DictionaryArray::FromArrays(
                              arrow::dictionary(arrow::int8(), arrow::utf8()),
                              [] {
                                arrow::Int8Builder builder;
                                EXPECT_TRUE(builder.AppendValues({1, 0}).ok());
                                return Finish(builder);
                              }(),
                              Strings({"ann", "bob"}))
                              .ValueOrDie();
  WriteParquet(folder / "clips.parquet",
               {{"wav", Strings<arrow::LargeBinaryBuilder>({"one", "two"})},
                {"transcript", Strings<arrow::LargeStringBuilder>({"A.", "B."})},
                {"speaker", dictionary}});
  const RecordingList list = ImportSoundTables(folder / "clips.parquet", {}, "");
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].speaker, "bob");
  EXPECT_EQ(list[1].text, "B.");
  EXPECT_EQ(list[1].id, "clips#1");
  EmbeddedSound sound({});
  EXPECT_EQ(Read(sound, folder / "clips.parquet", 1), "two");
}

TEST(SoundTablesTest, ReadsManyGroupsInAnyOrderFromManyThreads) {
  const TestFolder folder;
  std::vector<std::string> bytes, texts;
  constexpr int kRows = 1000;
  for (int i = 0; i < kRows; ++i) {
    bytes.push_back(StrCat("sound ", i));
    texts.push_back(StrCat("text ", i));
  }
  const Columns columns = {{"audio", Audio(bytes, std::vector<std::string>(kRows))},
                           {"text", Strings(texts)}};
  WriteParquet(folder / "a.parquet", columns, 100);
  WriteArrow(folder / "b.arrow", columns, true, 100);
  WriteArrow(folder / "c.arrow", columns, true, 7);
  EmbeddedSound sound({});
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (const char* name : {"a.parquet", "b.arrow", "c.arrow"}) {
        for (int row = thread; row < kRows; row += 4) {
          EXPECT_EQ(Read(sound, folder / name, row), bytes[static_cast<size_t>(row)]);
        }
        EXPECT_EQ(Read(sound, folder / name, kRows - 1 - thread),
                  bytes[static_cast<size_t>(kRows - 1 - thread)]);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(ImportSoundTables(folder / "a.parquet", {}, "").size(), 1000u);
}

TEST(SoundTablesTest, PathsAloneAreFilesBesideTheTableOrSaidToBeMissing) {
  const TestFolder folder;
  const Columns columns = {{"audio", Audio({"", ""}, {"a1.wav", "a2.wav"})},
                           {"text", Strings({"Hello.", "There."})}};
  for (const char* name : {"clips.parquet", "clips.arrow"}) {
    const std::filesystem::path path = folder / name;
    if (path.extension() == ".parquet") {
      WriteParquet(path, columns);
    } else {
      WriteArrow(path, columns);
    }
    EXPECT_NE(ErrorOf(path).find("has only the names of its recordings"), std::string::npos);
    std::ofstream(folder / "a1.wav") << "sound";
    const RecordingList list = ImportSoundTables(path, {}, "");
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(list[0].path, folder / "a1.wav");
    EXPECT_EQ(list[0].table_row, -1);
    std::filesystem::remove(folder / "a1.wav");
  }
}

TEST(SoundTablesTest, ARowWithoutSoundAmongOthersIsSaid) {
  const TestFolder folder;
  WriteParquet(folder / "clips.parquet", {{"audio", Audio({"one", ""}, {"a1.wav", "a2.wav"})},
                                          {"text", Strings({"Hello.", "There."})}});
  EXPECT_EQ(ImportSoundTables(folder / "clips.parquet", {}, "").size(), 2u);
  EmbeddedSound sound({});
  EXPECT_EQ(Read(sound, folder / "clips.parquet", 0), "one");
  EXPECT_THROW(sound.Read(folder / "clips.parquet", 1), Error);
}

TEST(SoundTablesTest, ChoosesColumnsByNameAndTypeOrAsks) {
  const TestFolder folder;
  const std::filesystem::path path = folder / "clips.parquet";
  const auto audio = Audio({"one"}, {"a1.wav"});
  // LibriTTS-R, MLS and Common Voice as data sets have them.
  WriteParquet(path, {{"audio", audio},
                      {"text_normalized", Strings({"Doctor."})},
                      {"text_original", Strings({"Dr."})},
                      {"speaker_id", Strings({"14"})},
                      {"path", Strings({"/elsewhere/a1.wav"})},
                      {"chapter_id", Strings({"208"})},
                      {"id", Strings({"14_208_000001_000000"})}});
  RecordingList list = ImportSoundTables(path, {}, "");
  EXPECT_EQ(list[0].text, "Doctor.");
  EXPECT_EQ(list[0].id, "14_208_000001_000000");
  EXPECT_EQ(list[0].table_row, 0);
  WriteParquet(path, {{"audio", audio},
                      {"original_path", Strings({"http://elsewhere/x.mp3"})},
                      {"begin_time", Seconds({401.76})},
                      {"end_time", Seconds({417.57})},
                      {"transcript", Strings({"y por lo tanto"})},
                      {"audio_duration", Seconds({15.81})},
                      {"speaker_id", Strings({"9972"})},
                      {"id", Strings({"9972_9978_000001"})}});
  list = ImportSoundTables(path, {}, "");
  EXPECT_EQ(list[0].text, "y por lo tanto");
  EXPECT_EQ(list[0].begin_s, 0);
  EXPECT_NEAR(list[0].stated_s, 15.81, 1e-5);
  WriteParquet(path,
               {{"audio", audio}, {"text", Strings({"one"})}, {"transcription", Strings({"two"})}});
  EXPECT_NE(ErrorOf(path).find("'text' and 'transcription' both look like the text"),
            std::string::npos);
  list = ImportSoundTables(path, {.columns = {"text=transcription"}}, "");
  EXPECT_EQ(list[0].text, "two");
  EXPECT_NE(ErrorOf(path, {.columns = {"id", "text"}}).find("expected audio=, text="),
            std::string::npos);
  EXPECT_NE(ErrorOf(path, {.columns = {"text=words"}}).find("has no single column 'words'"),
            std::string::npos);
  WriteParquet(path, {{"audio", audio}, {"label", Numbers({1})}});
  const std::string error = ErrorOf(path);
  EXPECT_NE(error.find("has no column of texts; its columns are 'audio' (struct<bytes: binary, "
                       "path: string>), 'label' (int64)"),
            std::string::npos)
      << error;
  WriteParquet(path, {{"samples", Seconds({0.5})}, {"text", Strings({"one"})}});
  EXPECT_NE(ErrorOf(path).find("has no column of recordings"), std::string::npos);
}

TEST(SoundTablesTest, FoldersOfDatasets) {
  const TestFolder folder;
  const Columns columns = {{"audio", Audio({"one"}, {"a1.wav"})}, {"text", Strings({"Hello."})}};
  // Dataset.save_to_disk, DatasetDict.save_to_disk.
  const auto save = [&](const std::filesystem::path& to) {
    WriteArrow(to / "data-00000-of-00002.arrow", columns);
    WriteArrow(to / "data-00001-of-00002.arrow", columns);
    std::ofstream(to / "state.json")
        << R"({"_data_files": [{"filename": "data-00000-of-00002.arrow"},
               {"filename": "data-00001-of-00002.arrow"}], "_indices_data_files": null})";
  };
  save(folder / "saved");
  EXPECT_TRUE(IsSoundTable(folder / "saved"));
  const RecordingList saved = ImportSoundTables(folder / "saved", {}, "");
  ASSERT_EQ(saved.size(), 2u);
  EXPECT_EQ(saved[1].path, folder / "saved/data-00001-of-00002.arrow");
  EXPECT_EQ(saved[1].source, "saved");
  save(folder / "dict/train");
  save(folder / "dict/test");
  std::ofstream(folder / "dict/dataset_dict.json") << R"({"splits": ["train", "test"]})";
  EXPECT_NE(ErrorOf(folder / "dict").find("its splits are 'test', 'train', name one of them"),
            std::string::npos);
  EXPECT_EQ(ImportSoundTables(folder / "dict", {}, "train").size(), 2u);
  // A clone of a data set's repository.
  WriteParquet(folder / "hub/data/train-00000-of-00002.parquet", columns);
  WriteParquet(folder / "hub/data/train-00001-of-00002.parquet", columns);
  WriteParquet(folder / "hub/data/test-00000-of-00001.parquet", columns);
  EXPECT_NE(ErrorOf(folder / "hub", {}, "dev").find("there is no 'dev'"), std::string::npos);
  EXPECT_EQ(ImportSoundTables(folder / "hub", {}, "train").size(), 2u);
  EXPECT_EQ(ImportSoundTables(folder / "hub", {}, "test").size(), 1u);
  // A list in text beside tables goes first.
  std::ofstream(folder / "hub/metadata.csv") << "a1|Hello.\n";
  EXPECT_FALSE(IsSoundTable(folder / "hub"));
  EXPECT_FALSE(IsSoundTable(folder.path()));
  std::ofstream(folder / "saved/state.json")
      << R"({"_data_files": [{"filename": "../data.arrow"}]})";
  EXPECT_NE(ErrorOf(folder / "saved").find("is no name of a file"), std::string::npos);
}

TEST(SoundTablesTest, DamagedFilesAreNamed) {
  const TestFolder folder;
  const auto write = [&](const char* name, const std::string& bytes) {
    std::ofstream(folder / name, std::ios::binary) << bytes;
    return folder / name;
  };
  EXPECT_NE(ErrorOf(write("page.parquet", "<!DOCTYPE html>")).find("is a web page"),
            std::string::npos);
  EXPECT_NE(ErrorOf(write("cut.parquet", "PAR1 and nothing more behind it")), "");
  EXPECT_NE(ErrorOf(write("cut.arrow", "ARROW1 and nothing more behind it")), "");
  EXPECT_NE(ErrorOf(write("secret.parquet", "PARE....PARE")).find("encrypted"), std::string::npos);
  EXPECT_NE(ErrorOf(write("pointer.parquet", "version https://git-lfs.github.com/spec/v1\n"))
                .find("is a Git LFS pointer"),
            std::string::npos);
  EXPECT_NE(ErrorOf(write("list.parquet", "a1|Hello.")).find("nor an Arrow file, but is text"),
            std::string::npos);
  EXPECT_NE(ErrorOf(write("old.feather", "FEA1....FEA1")).find("version 1"), std::string::npos);
  EXPECT_NE(ErrorOf(write("empty.parquet", "")), "");
}

}  // namespace
}  // namespace kani::train
