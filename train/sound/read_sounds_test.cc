#include "train/sound/read_sounds.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "audio/wav.h"
#include "base/atomic_file.h"
#include "base/testing.h"

namespace kani::train {
namespace {

namespace fs = std::filesystem;

class ReadSoundsTest : public testing::Test {
 protected:
  void Write(const fs::path& name, size_t samples, int rate_hz) {
    fs::create_directories((folder_.path() / name).parent_path());
    audio::WriteWav(folder_.path() / name, std::vector<float>(samples, 0.25f), rate_hz);
  }
  void Write(const fs::path& name, const std::string& text) {
    WriteFileAtomically(folder_.path() / name, std::as_bytes(std::span(text)));
  }

  TestFolder folder_;
  std::vector<std::string> warnings_;
  const WarningSink warn_ = [this](std::string_view line) { warnings_.emplace_back(line); };
};

TEST_F(ReadSoundsTest, AFolderWithoutAListIsEverySoundInItByName) {
  Write("b/2.wav", 100, 8000);
  Write("a/1.wav", 100, 8000);
  Write("a/notes.txt", "no sound");
  const SoundSet sounds = ReadSounds(ListSounds(folder_.path()), 8000, 1, warn_);
  ASSERT_EQ(sounds.size(), 2);
  EXPECT_EQ(sounds[0].id, "a/1.wav");
  EXPECT_EQ(sounds[0].speaker, "a");
  EXPECT_EQ(sounds[1].speaker, "b");
  EXPECT_EQ(sounds.samples(), 200);
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(ReadSoundsTest, ABadFileCostsAWarningAndOtherRatesAreResampled) {
  Write("1.wav", 16000, 16000);
  Write("2.wav", "no sound at all");
  const SoundSet sounds = ReadSounds(ListSounds(folder_.path()), 8000, 2, warn_);
  ASSERT_EQ(sounds.size(), 1);
  EXPECT_EQ(sounds.samples(), 8000);
  EXPECT_NEAR(sounds[0].samples[4000], 8192, 20);
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_NE(warnings_[0].find("2.wav"), std::string::npos);
}

TEST_F(ReadSoundsTest, PiecesOfALongRecordingAreCut) {
  Write("long.wav", 8000, 8000);
  Write("metadata.jsonl",
        R"({"audio": "long.wav", "id": "a", "start": 0.25, "end": 0.5, "speaker": "x"}
{"audio": "long.wav", "id": "b", "start": 0.5}
{"audio": "long.wav", "id": "c", "start": 5}
)");
  const SoundSet sounds = ReadSounds(ListSounds(folder_.path()), 8000, 1, warn_);
  ASSERT_EQ(sounds.size(), 2);
  EXPECT_EQ(std::ssize(sounds[0].samples), 2000);
  EXPECT_EQ(std::ssize(sounds[1].samples), 4000);
  EXPECT_EQ(sounds[0].speaker, "x");
  EXPECT_EQ(warnings_.size(), 1u);  // the third one lies behind the end
}

TEST_F(ReadSoundsTest, NothingToReadIsAnError) {
  EXPECT_NE(Failure([&] { ListSounds(folder_.path()); }).find("holds no sound file"),
            std::string::npos);
  Write("2.wav", "no sound at all");
  EXPECT_NE(Failure([&] {
              ReadSounds(ListSounds(folder_.path()), 8000, 1, warn_);
            }).find("none of 1 recordings"),
            std::string::npos);
}

}  // namespace
}  // namespace kani::train
