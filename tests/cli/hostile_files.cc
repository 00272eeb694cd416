#include "tests/cli/hostile_files.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audio/wav.h"

namespace kani::tests {
namespace {

std::string ZeroHertz() {
  std::string wav(52, '\0');
  const std::vector<std::byte> header = audio::WavHeader(8000, 4, false);
  std::copy(header.begin(), header.end(), reinterpret_cast<std::byte*>(wav.data()));
  std::fill(wav.begin() + 24, wav.begin() + 28, '\0');
  return wav;
}

std::string NanWav() {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> samples(32000, nan);
  std::string wav = "RIFF";
  const auto number = [&](uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) wav += static_cast<char>(value >> (8 * i));
  };
  number(36 + 4 * 32000, 4);
  wav += "WAVEfmt ";
  number(16, 4), number(3, 2), number(1, 2), number(16000, 4), number(64000, 4);
  number(4, 2), number(32, 2);
  wav += "data";
  number(4 * 32000, 4);
  return wav.append(reinterpret_cast<const char*>(samples.data()), 4 * samples.size());
}

/// A tar archive with one member outside its folder.
std::string ClimbingTar() {
  std::string header(512, '\0');
  header.replace(0, 16, "../../escape.txt");
  header.replace(100, 8, std::string("0000644\0", 8));
  header.replace(124, 12, "00000000000 ");
  header.replace(136, 12, "00000000000 ");
  header.replace(148, 8, "        ");
  header[156] = '0';
  header.replace(257, 8, std::string("ustar\00000", 8));
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  char text[8];
  std::snprintf(text, sizeof(text), "%06o", sum);
  header.replace(148, 7, std::string(text, 7));
  return header + std::string(1024, '\0');
}

std::string Repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

void WriteHostileFiles(const Sandbox& box) {
  std::vector<float> tone(32000);
  for (size_t i = 0; i < tone.size(); ++i) {
    tone[i] = static_cast<float>(0.3 * std::sin(0.05 * static_cast<double>(i)));
  }
  audio::WriteWav(box.Path("good.wav"), tone, 16000);
  audio::WriteWav(box.Path("a.wav"), tone, 16000);
  audio::WriteWav(box.Path("short.wav"), std::span(tone).first(8000), 16000);
  audio::WriteWav(box.Path("no_samples.wav"), {}, 16000);
  audio::WriteWav(box.Path("silent.wav"), std::vector<float>(32000), 16000);
  box.Write("zero_hz.wav", ZeroHertz());
  box.Write("nan.wav", NanWav());
  for (const char* name : {"empty.wav", "empty.npy"}) box.Write(name, "");
  for (const char* name : {"text.mp3", "text.nemo", "text.json", "text.txt"}) {
    box.Write(name, Repeated("just text ", 500));
  }
  box.Write("huge.txt", Repeated("Hello. ", 300000));
  box.Write("list.m3u8", "#EXTM3U\n#EXTINF:5,\nfile://" + box.Path("good.wav").string() + "\n");
  box.Write("nan.json", "{\"embedding\": [" + Repeated("NaN,", 127) + "NaN]}");
  box.Write("zeros.json", "{\"embedding\": [" + Repeated("0,", 127) + "0]}");
  box.Write("two_voices.json", R"({"anna": [0.6, 0.8], "ben": {"embedding": [1, 0]}})");
  box.Write("three.json", "{\"embedding\": [0.6, 0.8, 0.0]}");
  box.Write("deep.json", Repeated("[", 100000));
  box.Write("bomb.pt", std::string("\x80\x02"
                                   "cos\nsystem\nX\x09\0\0\0touch out\x85R.",
                                   28));
  box.Write("nonsense.safetensors", Repeated("nonsense", 100));
  box.Write("huge_header.safetensors", std::string("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F{}", 10));
  box.Write("pointer.safetensors",
            "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 9\n");
  box.Write("climbing.nemo", ClimbingTar());
  box.Write("codes.json", "{\"codes\": [[1, 2, 3, 4]]}");
  box.Write("three_codebooks.json", "{\"codes\": [[1, 2, 3]]}");
  box.Write("out_of_range.json", "{\"codes\": [[1, 2, 3, 4032]]}");
  box.Write("negative.json", "{\"codes\": [[1, 2, 3, -4]]}");
  for (const char* folder : {"folder.wav", "broken_model", "other_model", "climbing_index"}) {
    std::filesystem::create_directory(box.Path(folder));
  }
  box.Write("broken_model/config.json", "{\"model_type\": \"lfm2\", \"hidden_size\": -5}");
  for (const char* file : {"config.json", "tokenizer.json"}) {
    std::filesystem::copy(Golden("end_to_end/model") / file, box.Path("climbing_index"));
  }
  box.Write("climbing_index/model.safetensors.index.json",
            R"({"weight_map": {"model.embed_tokens.weight": "../nonsense.safetensors"}})");
  box.Write("other_model/config.json", "{\"model_type\": \"llama\"}");
}

}  // namespace kani::tests
