// Every subcommand once as a user types it, on the small random model.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "audio/wav.h"
#include "media/media.h"
#include "tests/cli/program.h"

namespace kani::tests {
namespace {

// The random model is sure of itself; this makes it undecided, so that seed and voice matter.
const Arguments kUndecided{"--temperature", "5", "--top-p", "1", "--top-k", "0"};

class ProgramTest : public testing::Test {
 protected:
  /// REQUIRES success.
  Outcome Good(const Arguments& arguments, std::string_view input = "") const {
    Outcome outcome = box_.Run(arguments, input);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome;
  }
  nlohmann::json GoodJson(const Arguments& arguments, std::string_view input = "") const {
    return nlohmann::json::parse(Good(arguments + Arguments{"--json"}, input).out);
  }
  /// Two seconds that are not silent.
  std::string Recording(const std::string& name, double pitch_hz) const {
    std::vector<float> samples(2 * 16000);
    for (size_t i = 0; i < samples.size(); ++i) {
      const double phase = 2 * std::numbers::pi * pitch_hz * static_cast<double>(i) / 16000;
      samples[i] = static_cast<float>(0.3 * std::sin(phase) + 0.1 * std::sin(3.1 * phase));
    }
    audio::WriteWav(box_.Path(name), samples, 16000);
    return name;
  }
  Arguments Speak(const Arguments& more) const {
    return Arguments{"speak", "Hello there."} + GoldenModel() + more;
  }
  bool Same(const std::string& file, const std::string& other) const {
    return box_.Read(file) == box_.Read(other);
  }

  Sandbox box_;
};

TEST_F(ProgramTest, HelpOfEverySubcommandHasAnExample) {
  const std::string help = Good({"--help"}).out;
  EXPECT_NE(help.find("Exit codes:"), std::string::npos);
  for (const Arguments& command : {Arguments{},
                                   {"speak"},
                                   {"clone"},
                                   {"voices"},
                                   {"voices", "list"},
                                   {"voices", "show"},
                                   {"voices", "mix"},
                                   {"voices", "export"},
                                   {"voices", "remove"},
                                   {"pull"},
                                   {"models"},
                                   {"models", "show"},
                                   {"models", "verify"},
                                   {"models", "remove"},
                                   {"models", "default"},
                                   {"codec"},
                                   {"codec", "encode"},
                                   {"codec", "decode"},
                                   {"tokenize"},
                                   {"inspect"},
                                   {"bench"},
                                   {"serve"},
                                   {"completion"}}) {
    const Outcome outcome = Good(command + Arguments{"--help"});
    EXPECT_NE(outcome.out.find("Example: kani"), std::string::npos) << outcome.out;
    EXPECT_EQ(outcome.err, "");
  }
  EXPECT_EQ(Good({"--version"}).out.rfind("kani ", 0), 0u);
}

TEST_F(ProgramTest, EachOutputFormatHasTheLengthThatWasReported) {
  for (const std::string extension : {"wav", "flac", "mp3", "opus", "m4a"}) {
    const std::string file = "out." + extension;
    const auto report = GoodJson(Speak({"--seed", "3", "-o", file}));
    EXPECT_EQ(report["output"], file);
    const audio::Sound sound = media::ReadAudio(box_.Path(file));
    EXPECT_NEAR(static_cast<double>(sound.samples.size()) / sound.sample_rate_hz,
                report["stats"]["audio_seconds"].get<double>(), 0.001)
        << file;
  }
}

TEST_F(ProgramTest, ArgumentFileAndStdinSpeakTheSame) {
  box_.Write("text.txt", "Hello there.");
  Good(Speak(kUndecided + Arguments{"--seed", "5", "-o", "a.wav"}));
  Good(Arguments{"speak", "-f", "text.txt", "--seed", "5", "-o", "b.wav"} + GoldenModel() +
       kUndecided);
  Good(Arguments{"speak", "--seed", "5", "-o", "c.wav"} + GoldenModel() + kUndecided,
       "Hello there.");
  EXPECT_TRUE(Same("a.wav", "b.wav"));
  EXPECT_TRUE(Same("a.wav", "c.wav"));
  Good(Speak(kUndecided + Arguments{"--seed", "6", "-o", "d.wav"}));
  EXPECT_FALSE(Same("a.wav", "d.wav"));
}

TEST_F(ProgramTest, StdoutCarriesTheSamplesOfTheFile) {
  Good(Speak(kUndecided + Arguments{"--seed", "5", "-o", "a.wav"}));
  const Outcome outcome = Good(Speak(kUndecided + Arguments{"--seed", "5", "--json", "-o", "-"}));
  ASSERT_GT(outcome.out.size(), 44u);
  EXPECT_TRUE(outcome.out.substr(44) == box_.Read("a.wav").substr(44));
  const size_t json = outcome.err.find('{');
  ASSERT_NE(json, std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(outcome.err.substr(json))["output"], "-");
}

TEST_F(ProgramTest, VoiceLanguageAndSeedAreReported) {
  const std::string voice = Golden("end_to_end/voice_0_1x128.pt").string();
  const auto report = GoodJson(Speak(kUndecided + Arguments{"-o", "a.wav", "--voice", voice}));
  EXPECT_EQ(report["voice"], "voice_0_1x128");
  EXPECT_FALSE(report["language"].get<std::string>().empty());
  EXPECT_TRUE(report["seed"].is_number_unsigned());
  // The seed that was printed gives the same samples again.
  Good(Speak(kUndecided +
             Arguments{"-o", "b.wav", "--voice", voice, "--seed", report["seed"].dump()}));
  EXPECT_TRUE(Same("a.wav", "b.wav"));
  // Another voice does not.
  Good(Speak(kUndecided +
             Arguments{"-o", "c.wav", "--voice", "none", "--seed", report["seed"].dump()}));
  EXPECT_FALSE(Same("a.wav", "c.wav"));
}

TEST_F(ProgramTest, TheModelThatShipsSpeaksEachLanguageWithItsDefaultVoice) {
  const auto voice = [&](const std::string& text) {
    return GoodJson({"speak", text, "-o", "a.wav", "--max-seconds", "0.2"})["voice"];
  };
  EXPECT_EQ(voice("Hello, how are you?"), "heart");
  EXPECT_EQ(voice("Buenos días, ¿cómo estás?"), "ines");
}

TEST_F(ProgramTest, ADryRunPrintsWhatWouldBeSaid) {
  const Arguments mini{"speak", "--model", "mini", "--dry-run"};
  EXPECT_EQ(Good(mini + Arguments{"I paid 25 dollars. Él pagó 25 euros."}).out,
            "en\t1.8\t0.20\tI paid twenty-five dollars.\n"
            "es\t1.7\t0.00\tÉl pagó veinticinco euros.\n");
  const nlohmann::json report = GoodJson(mini + Arguments{"It is 5 km."});
  EXPECT_EQ(report["pieces"].at(0)["text"], "It is five kilometers.");
  EXPECT_EQ(report["language"], "en");
  EXPECT_EQ(GoodJson(mini + Arguments{"5 km", "--voice", "ines"})["language"], "es");
  EXPECT_EQ(box_.Entries(), std::vector<std::string>{});
}

TEST_F(ProgramTest, ADryRunOfLinesHasAResultForEach) {
  const Arguments lines{"speak", "--model", "mini", "--dry-run", "--lines"};
  EXPECT_EQ(Good(lines, "Take 5.\r\n\nTengo 5 gatos.\nThe end").out,
            "Take five.\n\nTengo cinco gatos.\nThe end\n");
  const std::string reports = Good(lines + Arguments{"--json"}, "Take 5.\n\n").out;
  EXPECT_EQ(std::ranges::count(reports, '\n'), 2);
  EXPECT_EQ(nlohmann::json::parse(reports.substr(0, reports.find('\n')))["pieces"].size(), 1u);
  EXPECT_EQ(box_.Run({"speak", "Hi", "--lines"}).exit_code, 2);
  const Outcome bad = box_.Run(lines, "Good\nWait [pause 90s]\n");
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_NE(bad.err.find("line 2: "), std::string::npos) << bad.err;
}

TEST_F(ProgramTest, MarkupIsReadAsTheOptionsSay) {
  const auto said = [&](const Arguments& more) {
    return Good(Arguments{"speak", "--model", "mini", "--dry-run", "--lines"} + more).out;
  };
  EXPECT_EQ(said({"**bold** 5"}), "bold five\n");
  EXPECT_EQ(said({"**bold** 5", "--plain"}), "**bold** five\n");
  EXPECT_EQ(said({"**bold** 5", "--raw"}), "**bold** 5\n");
  EXPECT_EQ(said({"We won 🎉", "--emoji", "names"}), "We won, party popper\n");
  EXPECT_EQ(said({"see www.example.com/a", "--short-urls"}), "see example dot com\n");
  EXPECT_EQ(said({"<speak>It is <sub alias='five'>5</sub>.</speak>", "--ssml"}), "It is five.\n");
  const Outcome unknown = box_.Run(Speak({"--ssml"}));
  EXPECT_EQ(unknown.exit_code, 2) << unknown.err;
  EXPECT_EQ(box_.Run({"speak", "--dry-run", "--ssml", "<speak><mark/></speak>"}).exit_code, 5);
  EXPECT_EQ(box_.Run({"speak", "--dry-run", "a", "--emoji", "sing"}).exit_code, 2);
}

TEST_F(ProgramTest, TheReportHasThePiecesThatWereSaid) {
  const nlohmann::json report = GoodJson(Speak({"-o", "a.wav", "--seed", "1"}));
  EXPECT_EQ(report["pieces"].at(0)["text"], "Hello there.");
}

TEST_F(ProgramTest, SampleRateAndLengthAreThoseAskedFor) {
  Good(Speak({"-o", "a.wav", "--sample-rate", "8000", "--seed", "3"}));
  EXPECT_EQ(media::ReadAudio(box_.Path("a.wav")).sample_rate_hz, 8000);
  const auto cut = GoodJson(Speak({"-o", "b.wav", "--max-seconds", "0.1", "--seed", "3"}));
  EXPECT_EQ(cut["stop_reason"], "length_limit");
  EXPECT_LT(cut["stats"]["audio_seconds"].get<double>(), 0.2);
}

TEST_F(ProgramTest, WithoutAVoiceTheModelsLackOfThemIsSaid) {
  const Outcome outcome = Good(Speak({"-o", "a.wav"}));
  EXPECT_NE(outcome.err.find("warning: this model has no voices"), std::string::npos);
  EXPECT_EQ(Good(Speak({"-o", "a.wav", "--voice", "none"})).err.find("warning"), std::string::npos);
}

TEST_F(ProgramTest, AClonedVoiceIsKeptAndSpeaksLikeItsRecording) {
  const Arguments encoder = GoldenModel() + GoldenSpeakerEncoder();
  const std::string recording = Recording("anna.wav", 140);
  Good(Arguments{"clone", recording, "-o", "anna", "--lang", "en"} + encoder);
  const auto voices = GoodJson(Arguments{"voices", "list"} + GoldenModel());
  ASSERT_EQ(voices.size(), 1u);
  EXPECT_EQ(voices[0]["name"], "anna");
  EXPECT_EQ(voices[0]["from"], "yours");
  Good(Speak({"-o", "name.wav", "--voice", "anna", "--seed", "2"}));
  Good(Speak({"-o", "direct.wav", "--voice", recording, "--seed", "2"}) + GoldenSpeakerEncoder());
  EXPECT_TRUE(Same("name.wav", "direct.wav"));
}

TEST_F(ProgramTest, SeveralRecordingsAreComparedAndAveraged) {
  const Arguments files{Recording("a.wav", 140), Recording("b.wav", 260)};
  const auto report = GoodJson(Arguments{"clone"} + files + Arguments{"-o", "both.json"} +
                               GoldenModel() + GoldenSpeakerEncoder());
  EXPECT_EQ(report["recordings"].size(), 2u);
  ASSERT_EQ(report["similarities"].size(), 1u);
  EXPECT_LE(report["similarities"][0]["cosine"].get<double>(), 1.0);
  const auto shown = GoodJson(Arguments{"voices", "show", "both.json"} + GoldenModel());
  EXPECT_NEAR(shown["norm"].get<double>(), 1.0, 1e-5);
  Good(Arguments{"clone"} + files + Arguments{"-o", "plain.json", "--no-normalize"} +
       GoldenModel() + GoldenSpeakerEncoder());
  EXPECT_LT(
      GoodJson(Arguments{"voices", "show", "plain.json"} + GoldenModel())["norm"].get<double>(),
      0.9999);
}

TEST_F(ProgramTest, VoicesAreMixedExportedAndRemoved) {
  const std::string first = Golden("end_to_end/voice_0_1x128.pt").string();
  const std::string second = Golden("end_to_end/voice_1_128.pt").string();
  Good(Arguments{"voices", "mix", first + "=0.7", second + "=0.3", "-o", "mixed"} + GoldenModel());
  for (const std::string file : {"mixed.json", "mixed.npy", "mixed.safetensors"}) {
    Good(Arguments{"voices", "export", "mixed", "-o", file} + GoldenModel());
    EXPECT_EQ(GoodJson(Arguments{"voices", "show", file} + GoldenModel())["embedding"],
              GoodJson(Arguments{"voices", "show", "mixed"} + GoldenModel())["embedding"])
        << file;
  }
  EXPECT_EQ(Good({"voices", "remove", "mixed"}).out, "voice mixed removed\n");
  EXPECT_EQ(GoodJson(Arguments{"voices", "list"} + GoldenModel()).size(), 0u);
  EXPECT_EQ(box_.Run({"voices", "remove", "mixed"}).exit_code, 3);
}

TEST_F(ProgramTest, CodesGoToAFileAndBackToSound) {
  const Arguments codec{"--codec", Golden("codec/four_codebooks_12fps/new_names.nemo").string()};
  Recording("a.wav", 140);
  for (const std::string codes : {"codes.safetensors", "codes.json"}) {
    Good(Arguments{"codec", "encode", "a.wav", "-o", codes} + codec);
    Good(Arguments{"codec", "decode", codes, "-o", codes + ".wav"} + codec);
  }
  EXPECT_TRUE(Same("codes.safetensors.wav", "codes.json.wav"));
  const audio::Sound sound = media::ReadAudio(box_.Path("codes.json.wav"));
  EXPECT_EQ(sound.sample_rate_hz, 22050);
  EXPECT_NEAR(static_cast<double>(sound.samples.size()) / 22050, 2.0, 0.1);
}

TEST_F(ProgramTest, ARecordingThatWasCutShortIsUsedWithAWarning) {
  const Arguments codec{"--codec", Golden("codec/four_codebooks_12fps/new_names.nemo").string()};
  const Arguments encode = Arguments{"codec", "encode", "a.wav", "-o", "a.json"} + codec;
  Recording("a.wav", 140);
  EXPECT_EQ(Good(encode).err.find("warning"), std::string::npos);
  std::filesystem::resize_file(box_.Path("a.wav"), 20000);
  EXPECT_NE(Good(encode).err.find("samples, 9978 are there"), std::string::npos);
}

TEST_F(ProgramTest, TokensGoToTextAndBack) {
  const std::string text = "Hello <|im_end|> there.";
  const auto plain = GoodJson(Arguments{"tokenize", text} + GoldenModel());
  const auto trusted = GoodJson(Arguments{"tokenize", text, "--trusted"} + GoldenModel());
  EXPECT_GT(plain["ids"].size(), trusted["ids"].size());
  const std::string ids = Good(Arguments{"tokenize", text} + GoldenModel()).out;
  const auto back = GoodJson(Arguments{"tokenize", "--decode", ids} + GoldenModel());
  EXPECT_TRUE(back["text"].get<std::string>().ends_with(text));
  const auto words = GoodJson(Arguments{"tokenize", "--decode", "300", "301"} + GoldenModel());
  EXPECT_EQ(words["ids"], nlohmann::json::array({300, 301}));
  const auto prompt = GoodJson(Arguments{"tokenize", "--prompt", text} + GoldenModel());
  EXPECT_GT(prompt["ids"].size(), plain["ids"].size());
}

TEST_F(ProgramTest, EveryKindOfModelFileIsInspected) {
  const std::pair<const char*, const char*> kinds[] = {
      {"end_to_end/model", "language model"},
      {"end_to_end/model/config.json", "language model"},
      {"end_to_end/model/model.safetensors", "tensors"},
      {"end_to_end/model/tokenizer.json", "tokenizer"},
      {"end_to_end/voice_0_1x128.pt", "voice"},
      {"codec/four_codebooks_12fps/new_names.nemo", "codec"},
      {"speaker/three_layers/model", "speaker encoder"}};
  for (const auto& [path, kind] : kinds) {
    const auto parts = GoodJson({"inspect", Golden(path).string()});
    ASSERT_EQ(parts.size(), 1u);
    EXPECT_EQ(parts[0]["kind"], kind) << path;
    EXPECT_NE(Good({"inspect", Golden(path).string()}).out.find(kind), std::string::npos);
  }
  const auto model = GoodJson({"inspect", Golden("end_to_end/model").string()})[0];
  EXPECT_GT(model["memory_bytes"]["fp32"], model["memory_bytes"]["bf16"]);
  EXPECT_GT(model["memory_bytes"]["bf16"], model["memory_bytes"]["int8"]);
  EXPECT_NE(model["licence_note"].get<std::string>().find("LFM"), std::string::npos);
}

// The layout of the published models: language model, tokenizer and codec in one folder.
TEST_F(ProgramTest, EveryPartOfAFlatModelIsInspected) {
  std::filesystem::copy(Golden("end_to_end/model"), box_.Path("flat"));
  std::filesystem::copy(Golden("codec/four_codebooks_12fps/new_names.nemo"), box_.Path("flat"));
  std::filesystem::copy(Golden("speaker/three_layers/model"), box_.Path("flat/speaker"));
  std::vector<std::string> kinds;
  for (const auto& part : GoodJson({"inspect", "flat"})) kinds.push_back(part["kind"]);
  EXPECT_EQ(kinds,
            (std::vector<std::string>{"language model", "tokenizer", "codec", "speaker encoder"}));
}

TEST_F(ProgramTest, APartThatIsNotFoundIsNamedWithItsOption) {
  std::filesystem::copy(Golden("end_to_end/model"), box_.Path("lone"));
  const auto error_of = [&](const Arguments& more) {
    return box_.Run(Arguments{"speak", "Hi", "-o", "out.wav"} + more).err;
  };
  EXPECT_NE(error_of({"--model", "nobody"}).find("--model takes"), std::string::npos);
  EXPECT_NE(error_of({"--model", "lone"}).find("name one with --codec"), std::string::npos);
  EXPECT_NE(error_of(GoldenModel() + Arguments{"--speaker-encoder", "none"})
                .find("name one with --speaker-encoder"),
            std::string::npos);
}

TEST_F(ProgramTest, ALongTextIsInterruptedWithoutLeavingAFile) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "Hello there, this is sentence one. ";
  box_.Write("long.txt", text);
  for (const std::string extension : {"wav", "flac", "mp3", "opus", "m4a"}) {
    for (const int signal : {SIGINT, SIGTERM}) {
      const Outcome outcome = box_.RunAndSignal(
          Arguments{"speak", "-f", "long.txt", "-o", "out." + extension, "--voice", "none"} +
              GoldenModel(),
          signal, 700);
      // On a busy machine the output may not have been begun: then the signal ends the process.
      if (outcome.exit_code != 128 + signal) {
        EXPECT_EQ(outcome.exit_code, 8) << outcome.err;
        EXPECT_EQ(outcome.err, "kani: error: interrupted\n");
      }
      EXPECT_EQ(box_.Entries(), std::vector<std::string>{"long.txt"}) << extension;
    }
  }
}

// From the first instruction over the loading of models to the last write, and beyond it: what is
// whole by then stays.
TEST_F(ProgramTest, InterruptedAtAnyTimeItLeavesNothingHalfWritten) {
  const std::string recording = Recording("a.wav", 150);
  const std::pair<std::string, Arguments> commands[] = {
      {"out.mp3", Speak({"-o", "out.mp3", "--seed", "1"})},
      {"out.npy", Arguments{"clone", recording, "-o", "out.npy"} + GoldenSpeakerEncoder()}};
  for (const auto& [file, command] : commands) {
    Good(command);
    const std::string whole = box_.Read(file);
    for (int delay_ms = 5; delay_ms < 400; delay_ms += delay_ms / 2) {
      std::filesystem::remove(box_.Path(file));
      const Outcome outcome = box_.RunAndSignal(command, SIGINT, delay_ms);
      const bool caught_late = outcome.exit_code == 128 + SIGINT;  // before main()
      EXPECT_TRUE(outcome.exit_code == 0 || outcome.exit_code == 8 || caught_late)
          << outcome.exit_code << outcome.err;
      const bool written = std::filesystem::exists(box_.Path(file));
      EXPECT_TRUE(written || outcome.exit_code != 0) << delay_ms;
      EXPECT_TRUE(!written || box_.Read(file) == whole) << delay_ms;
      EXPECT_EQ(box_.Entries().size(), written ? 2u : 1u) << delay_ms;
    }
    std::filesystem::remove(box_.Path(file));
  }
}

TEST_F(ProgramTest, VoicesOfACollectionAndWithDotsInTheirNamesCanBeUsed) {
  std::filesystem::create_directories(box_.Path("data/kani/voices"));
  Good({"voices", "export", Golden("end_to_end/voice_0_1x128.pt").string(), "-o",
        "data/kani/voices/dr.smith.npy"});
  const auto shown = GoodJson({"voices", "show", "dr.smith"});
  EXPECT_EQ(shown["name"], "dr.smith");
  box_.Write("data/kani/voices/voices.json", nlohmann::json{{"zoe", shown["embedding"]}}.dump());
  Good(Speak({"--seed", "3", "--voice", "dr.smith", "-o", "a.wav"}));
  Good(Speak({"--seed", "3", "--voice", "zoe", "-o", "b.wav"}));
  EXPECT_TRUE(Same("a.wav", "b.wav"));
  EXPECT_EQ(box_.Run({"voices", "remove", "zoe"}).exit_code, 5);
  EXPECT_EQ(GoodJson({"voices", "show", "zoe"})["embedding"], shown["embedding"]);
  Good({"voices", "remove", "dr.smith"});
  EXPECT_EQ(box_.Run({"voices", "show", "dr.smith"}).exit_code, 3);
}

TEST_F(ProgramTest, WithADeviceSpeechIsPlayed) {
  // A device of ALSA's that keeps what it is given.
  const std::string raw = box_.Path("played.raw").string();
  box_.Write(".asoundrc",
             "pcm.!default { type file slave.pcm \"null\" file \"" + raw + "\" format \"raw\" }\n");
  EXPECT_TRUE(GoodJson(Speak({"--seed", "3"}))["output"].is_null());
  const std::string played = box_.Read("played.raw");
  Good(Speak({"--seed", "3", "--play", "-o", "a.wav"}));
  EXPECT_TRUE(box_.Read("a.wav").substr(44) == played);
  EXPECT_TRUE(box_.Read("played.raw") == played);
}

TEST_F(ProgramTest, WithoutADeviceSpeechGoesToAFile) {
  box_.Write(".asoundrc", "pcm.!default { type hw card 99 }\n");
  const Outcome outcome = Good(Speak({"--seed", "3"}));
  EXPECT_NE(outcome.err.find("no audio device"), std::string::npos);
  EXPECT_GT(media::ReadAudio(box_.Path("speech.wav")).samples.size(), 0u);
  EXPECT_EQ(box_.Run(Speak({"--play", "-o", "a.wav"})).exit_code, 5);
  EXPECT_EQ(box_.Entries(), (std::vector<std::string>{".asoundrc", "speech.wav"}));
}

TEST_F(ProgramTest, AReaderThatGoesAwayEndsTheProgram) {
  const std::string line = "$KANI speak 'Hello there.' --voice none -o - " + GoldenModel()[0] +
                           " '" + GoldenModel()[1] + "' --codec '" + GoldenModel()[3] +
                           "' | head -c 50 | wc -c";
  EXPECT_NE(box_.Shell(line).out.find("50"), std::string::npos);
}

}  // namespace
}  // namespace kani::tests
