// The table of hostile files and arguments: each must end with its exit code, one error line, and
// no output file.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/cli/hostile_files.h"
#include "tests/cli/program.h"

namespace kani::tests {
namespace {

constexpr int kUsage = 2, kNotFound = 3, kInvalidFile = 4, kUnsupported = 5, kIo = 6, kResource = 7;

struct Row {
  const char* name;
  Arguments arguments;
  int exit_code;
};

const Arguments kModel = GoldenModel();
const Arguments kEncoder = GoldenModel() + GoldenSpeakerEncoder();
const std::string kNemo = kModel[3];
const std::string kVoice = Golden("end_to_end/voice_0_1x128.pt").string();

Arguments Speak(const Arguments& more) {
  return Arguments{"speak", "Hello there.", "-o", "out.wav"} + kModel + more;
}
Arguments SpeakText(const std::string& text) {
  return Arguments{"speak", "-o", "out.wav", "--voice", "none"} + kModel + Arguments{"--", text};
}
Arguments Clone(const std::string& recording) {
  return Arguments{"clone", recording, "-o", "out.npy"} + kEncoder;
}
Arguments Voice(const std::string& file) { return Speak({"--voice", file}); }

/// Wrong options and values.
std::vector<Row> ArgumentRows() {
  return {
      {"no command", {}, kUsage},
      {"unknown command", {"sing"}, kUsage},
      {"unknown option", Speak({"--loud"}), kUsage},
      {"option that forges a line", Speak({"--x\nkani: error: fake"}), kUsage},
      {"option without value", {"speak", "Hi", "-o"}, kUsage},
      {"two texts", {"speak", "a", "b"}, kUsage},
      {"text and file", Speak({"-f", "text.txt"}), kUsage},
      {"empty text", SpeakText(""), kUsage},
      {"blank text", SpeakText(" \n\t "), kUsage},
      {"text of control characters", SpeakText("\x01\x02\x03"), kUsage},
      {"text that is not UTF-8", SpeakText("Hi \xFF\xFE there"), kUsage},
      {"truncated UTF-8", SpeakText("Hi \xC3"), kUsage},
      {"unknown language", Speak({"--lang", "klingon"}), kUsage},
      {"language with a line break", Speak({"--lang", "en\nus"}), kUsage},
      {"temperature below 0", Speak({"--temperature", "-1"}), kUsage},
      {"temperature NaN", Speak({"--temperature", "nan"}), kUsage},
      {"temperature infinite", Speak({"--temperature", "inf"}), kUsage},
      {"temperature as a word", Speak({"--temperature", "hot"}), kUsage},
      {"top-k below 0", Speak({"--top-k", "-3"}), kUsage},
      {"top-p 0", Speak({"--top-p", "0"}), kUsage},
      {"top-p above 1", Speak({"--top-p", "1.5"}), kUsage},
      {"min-p 1", Speak({"--min-p", "1"}), kUsage},
      {"repetition penalty 0", Speak({"--repetition-penalty", "0"}), kUsage},
      {"repetition window below 0", Speak({"--repetition-window", "-1"}), kUsage},
      {"seed below 0", Speak({"--seed", "-1"}), kUsage},
      {"seed past 64 bits", Speak({"--seed", "99999999999999999999999"}), kUsage},
      {"0 Hz", Speak({"--sample-rate", "0"}), kUsage},
      {"2 GHz", Speak({"--sample-rate", "2000000000"}), kUsage},
      {"max-seconds below 0", Speak({"--max-seconds", "-1"}), kUsage},
      {"max-seconds NaN", Speak({"--max-seconds", "nan"}), kUsage},
      {"threads below 0", Speak({"--threads", "-1"}), kUsage},
      {"a million threads", Speak({"--threads", "1000000"}), kUsage},
      {"unknown device", Speak({"--device", "abacus"}), kUsage},
      {"unknown weights", Speak({"--weights", "int2"}), kUsage},
      {"mix weight as a word", {"voices", "mix", "a=b", "-o", "x.npy"}, kUsage},
      {"mix weight NaN", {"voices", "mix", kVoice + "=nan", "-o", "x.npy"}, kUsage},
      {"mix that cancels",
       Arguments{"voices", "mix", kVoice + "=1", kVoice + "=-1", "-o", "x.npy"} + kModel, kUsage},
      {"voice name that climbs", Arguments{"clone", "a.wav", "-o", ".."}, kUsage},
      {"decode of words", Arguments{"tokenize", "--decode", "1 two"} + kModel, kUsage},
      {"decode of a huge id", Arguments{"tokenize", "--decode", "99999999999"} + kModel, kUsage},
      {"unknown shell", {"completion", "csh"}, kUsage},
      {"no recording", {"clone", "-o", "x"}, kUsage},
  };
}

/// Paths that do not exist or cannot be written.
std::vector<Row> PathRows() {
  return {
      {"missing text file", Arguments{"speak", "-f", "none.txt", "-o", "out.wav"}, kNotFound},
      {"text file is a folder", Arguments{"speak", "-f", "/tmp", "-o", "out.wav"}, kIo},
      {"text file of 2 MiB", Arguments{"speak", "-f", "huge.txt", "-o", "out.wav"}, kResource},
      {"missing model", {"speak", "Hi", "--model", "none", "-o", "out.wav"}, kNotFound},
      {"model is a device", {"speak", "Hi", "--model", "/dev/null", "-o", "out.wav"}, kNotFound},
      {"missing codec",
       {"speak", "Hi", "--model", kModel[1], "--codec", "none.nemo", "-o", "out.wav"},
       kNotFound},
      {"unknown voice", Voice("nobody"), kNotFound},
      {"missing voice file", Voice("./nobody.npy"), kNotFound},
      {"missing recording", Clone("none.wav"), kNotFound},
      {"voice is a folder", Voice("/tmp"), kIo},
      {"removing the model's voice", {"voices", "remove", "ada"}, kNotFound},
      {"output without extension", {"speak", "Hi", "-o", "out"}, kUnsupported},
      {"output of another kind", {"speak", "Hi", "-o", "out.ogg"}, kUnsupported},
      {"output into no folder", {"speak", "Hi", "-o", "none/out.wav"}, kNotFound},
      {"output over a folder", {"speak", "Hi", "-o", "folder.wav"}, kIo},
      {"output where none can be", Arguments{"speak", "Hi", "-o", "/proc/out.wav"} + kModel, kIo},
      {"voice of another kind", {"clone", "a.wav", "-o", "out.mp3"}, kUnsupported},
      {"voice that is only read", {"clone", "a.wav", "-o", "out.pt"}, kUnsupported},
      {"codes of another kind", {"codec", "encode", "a.wav", "-o", "out.txt"}, kUnsupported},
      {"sound of another kind", {"codec", "decode", "a.json", "-o", "out.txt"}, kUnsupported},
      {"inspecting nothing", {"inspect", "none"}, kNotFound},
      {"inspecting a text", {"inspect", "huge.txt"}, kUnsupported},
      {"inspecting a folder without a model", {"inspect", "folder.wav"}, kNotFound},
  };
}

/// Files that are not what they claim.
std::vector<Row> FileRows() {
  return {
      {"empty recording", Clone("empty.wav"), kInvalidFile},
      {"recording of text", Clone("text.mp3"), kInvalidFile},
      {"WAV of 0 Hz", Clone("zero_hz.wav"), kInvalidFile},
      {"WAV without samples", Clone("no_samples.wav"), kInvalidFile},
      {"playlist", Clone("list.m3u8"), kInvalidFile},
      {"silent recording", Clone("silent.wav"), kUsage},
      {"recording of half a second", Clone("short.wav"), kUsage},
      {"recording with NaN", Clone("nan.wav"), kUsage},
      {"one bad recording of two",
       Arguments{"clone", "good.wav", "empty.wav", "-o", "out.npy"} + kEncoder, kInvalidFile},
      {"voice with NaN", Voice("nan.json"), kInvalidFile},
      {"voice of zeros", Voice("zeros.json"), kInvalidFile},
      {"voice of another size", Voice("three.json"), kUsage},
      {"voice as a bare pickle bomb", Voice("bomb.pt"), kUnsupported},
      {"voice of nonsense", Voice("nonsense.safetensors"), kInvalidFile},
      {"voice with a huge header", Voice("huge_header.safetensors"), kInvalidFile},
      {"collection as a voice", Voice("two_voices.json"), kInvalidFile},
      {"voice nested deeply", Voice("deep.json"), kInvalidFile},
      {"empty voice", Voice("empty.npy"), kInvalidFile},
      {"pointer in place of weights", {"inspect", "pointer.safetensors"}, kInvalidFile},
      {"codec given twice", Speak({"--codec", "text.nemo"}), kUsage},
      {"codec of text",
       {"codec", "decode", "codes.json", "-o", "out.wav", "--codec", "text.nemo"},
       kInvalidFile},
      {"codec that climbs",
       {"codec", "decode", "codes.json", "-o", "out.wav", "--codec", "climbing.nemo"},
       kInvalidFile},
      {"codec that is a voice",
       {"codec", "decode", "codes.json", "-o", "out.wav", "--codec", kVoice},
       kInvalidFile},
      {"codes of another codec",
       {"codec", "decode", "three_codebooks.json", "-o", "out.wav", "--codec", kNemo},
       kInvalidFile},
      {"codes out of range",
       {"codec", "decode", "out_of_range.json", "-o", "out.wav", "--codec", kNemo},
       kUsage},
      {"codes below 0",
       {"codec", "decode", "negative.json", "-o", "out.wav", "--codec", kNemo},
       kInvalidFile},
      {"codes that are none",
       {"codec", "decode", "text.json", "-o", "out.wav", "--codec", kNemo},
       kInvalidFile},
      {"model with a broken config", {"inspect", "broken_model"}, kInvalidFile},
      {"model of another type", {"inspect", "other_model"}, kUnsupported},
      {"model whose shards lie elsewhere",
       {"speak", "Hi", "--model", "climbing_index", "--codec", kNemo, "-o", "out.wav"},
       kInvalidFile},
      {"tokenizer of nonsense", {"tokenize", "Hi", "--tokenizer", "text.json"}, kInvalidFile},
  };
}

/// Exactly one error line, at the end; warnings may stand before it.
void ExpectOneErrorLine(const std::string& err) {
  size_t begin = 0, errors = 0;
  while (begin < err.size()) {
    const size_t end = std::min(err.find('\n', begin), err.size());
    const std::string line = err.substr(begin, end - begin);
    const bool error = line.starts_with("kani: error: ");
    EXPECT_TRUE(error || line.starts_with("kani: warning: ")) << line;
    EXPECT_LT(line.size(), 1000u);
    errors += error;
    begin = end + 1;
  }
  EXPECT_EQ(errors, 1u) << err;
  EXPECT_TRUE(err.ends_with('\n'));
}

class HostileTest : public testing::Test {
 protected:
  HostileTest() { WriteHostileFiles(box_); }

  void Check(const std::vector<Row>& rows) {
    const std::vector<std::string> before = box_.Entries();
    for (const Row& row : rows) {
      SCOPED_TRACE(row.name);
      const Outcome outcome = box_.Run(row.arguments);
      EXPECT_EQ(outcome.exit_code, row.exit_code) << outcome.err;
      EXPECT_EQ(outcome.out, "");
      ExpectOneErrorLine(outcome.err);
      for (const std::string& entry : box_.Entries()) {
        const bool old = std::binary_search(before.begin(), before.end(), entry);
        EXPECT_TRUE(old) << entry << " was left behind";
        if (!old) std::filesystem::remove_all(box_.Path(entry));
      }
    }
  }

  Sandbox box_;
};

TEST_F(HostileTest, TheTableHasAtLeastSixtyRows) {
  EXPECT_GE(ArgumentRows().size() + PathRows().size() + FileRows().size(), 60u);
}
TEST_F(HostileTest, WrongArgumentsEndInOneLine) { Check(ArgumentRows()); }
TEST_F(HostileTest, PathsThatCannotBeUsedEndInOneLine) { Check(PathRows()); }
TEST_F(HostileTest, FilesThatAreSomethingElseEndInOneLine) { Check(FileRows()); }

TEST_F(HostileTest, FullDisksLeaveNoFile) {
  const std::vector<std::string> before = box_.Entries();
  const std::string speak = "$KANI speak 'Hello there.' --voice none --seed 3 --model '" +
                            kModel[1] + "' --codec '" + kNemo + "' -o ";
  for (const char* file : {"out.wav", "out.flac", "out.mp3", "out.opus", "out.m4a"}) {
    const Outcome outcome = box_.Shell("ulimit -f 1; exec " + speak + file);
    EXPECT_EQ(outcome.exit_code, kIo) << file << ": " << outcome.err;
    ExpectOneErrorLine(outcome.err);
    EXPECT_EQ(box_.Entries(), before) << file;
  }
  for (const std::string& line : {speak + "- >/dev/full", std::string("$KANI --help >/dev/full")}) {
    const Outcome outcome = box_.Shell(line);
    EXPECT_EQ(outcome.exit_code, kIo) << line;
    ExpectOneErrorLine(outcome.err);
  }
}

TEST_F(HostileTest, AnOldFileSurvivesAFailure) {
  box_.Write("out.wav", "old");
  EXPECT_EQ(box_.Run(Speak({"--voice", "nobody"})).exit_code, kNotFound);
  EXPECT_EQ(box_.Read("out.wav"), "old");
}

TEST_F(HostileTest, DevicesAreNotReplaced) {
  const Outcome outcome =
      box_.Run(Arguments{"speak", "Hi", "-o", "device.wav", "--voice", "none"} + kModel);
  EXPECT_EQ(outcome.exit_code, 0);
  std::filesystem::remove(box_.Path("device.wav"));
  std::filesystem::create_symlink("/dev/null", box_.Path("device.wav"));
  const Outcome refused =
      box_.Run(Arguments{"speak", "Hi", "-o", "device.wav", "--voice", "none"} + kModel);
  EXPECT_EQ(refused.exit_code, kIo);
  ExpectOneErrorLine(refused.err);
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

}  // namespace
}  // namespace kani::tests
