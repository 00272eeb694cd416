#include "apps/cli/voice_destination.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "base/error.h"

namespace kani::cli {
namespace {

TEST(VoiceDestinationTest, ANameGoesToTheUsersFolderAndAFileStaysWhereItIs) {
  std::string pattern = testing::TempDir() + "kani_voices_XXXXXX";
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  ::setenv("XDG_DATA_HOME", folder.c_str(), 1);
  EXPECT_EQ(VoiceDestination("anna"), folder / "kani" / "voices" / "anna.safetensors");
  EXPECT_TRUE(std::filesystem::is_directory(folder / "kani" / "voices"));
  EXPECT_EQ(VoiceDestination((folder / "anna.npy").string()), folder / "anna.npy");
  EXPECT_THROW(VoiceDestination((folder / "anna.mp3").string()), Error);
  EXPECT_THROW(VoiceDestination("bad name"), Error);
  EXPECT_THROW(VoiceDestination("/nowhere/anna.json"), Error);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace kani::cli
