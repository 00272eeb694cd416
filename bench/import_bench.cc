// Lists of 100,000 recordings in every dialect: milliseconds, and bytes of memory a line at the
// highest. Prints, since what counts is a whole import and not a loop of them; the time of the
// processor stands beside that of the clock, which other work on the machine makes longer.
//
//   import_bench [LINES]
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>

#include "train/import/import.h"

namespace {

namespace fs = std::filesystem;

/// "VmHWM" or "VmRSS" of this process in KiB.
long MemoryKib(const std::string& what) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(what)) return std::atol(line.c_str() + what.size() + 1);
  }
  return 0;
}

struct Dialect {
  const char* name;
  const char* file;
  const char* header;
  std::string (*line)(const std::string& id, const std::string& text);
};

const std::string kText =
    "The quick brown fox jumps over the lazy dog while seven wizards look on, ";

constexpr Dialect kDialects[] = {
    {"id|text", "metadata.csv", "",
     [](const std::string& id, const std::string& text) { return id + "|" + text; }},
    {"id|text|normalised", "metadata.csv", "",
     [](const std::string& id, const std::string& text) { return id + "|" + text + "|" + text; }},
    {"json lines", "list.jsonl", "",
     [](const std::string& id, const std::string& text) {
       return R"({"audio": "wavs/)" + id + R"(.wav", "text": ")" + text + R"("})";
     }},
    {"id|speaker|text", "metadata.csv", "",
     [](const std::string& id, const std::string& text) { return id + "|lily|" + text; }},
    {"header, file|text|speaker", "metadata.csv", "audio_file|text|speaker_name\n",
     [](const std::string& id, const std::string& text) {
       return "wavs/" + id + ".wav|" + text + "|lily";
     }},
    {"header, commas, quotes", "metadata.csv", "file_name,text\n",
     [](const std::string& id, const std::string& text) {
       return "wavs/" + id + ".wav,\"\"\"" + text + "\"\"\"";
     }},
    {"Common Voice", "validated.tsv",
     "client_id\tpath\tsentence_id\tsentence\tsentence_domain\tup_votes\tdown_votes\tage\tgender\t"
     "accents\tvariant\tlocale\tsegment\n",
     [](const std::string& id, const std::string& text) {
       return "0f" + id.substr(0, id.size() - 1) + "\t" + id + ".wav\t0\t" + text +
              "\t\t2\t0\t\t\t\t\ten\t";
     }},
    {"path|speaker|EN|text", "train.list", "",
     [](const std::string& id, const std::string& text) {
       return "wavs/" + id + ".wav|lily|EN|" + text;
     }},
    {"NeMo", "list.jsonl", "",
     [](const std::string& id, const std::string& text) {
       return R"({"audio_filepath": "wavs/)" + id + R"(.wav", "duration": 3.25, "text": ")" + text +
              R"("})";
     }},
    {"Emilia", "list.jsonl", "",
     [](const std::string& id, const std::string& text) {
       return R"({"id": ")" + id + R"(", "wav": "wavs/)" + id + R"(.wav", "text": ")" + text +
              R"(", "duration": 3.25, "speaker": "EN_B1", "language": "en", "dnsmos": 3.3})";
     }},
};

void Run(const Dialect& dialect, int lines, const fs::path& folder) {
  const fs::path path = folder / dialect.file;
  {
    std::ofstream file(path);
    file << dialect.header;
    for (int i = 0; i < lines; ++i) {
      const std::string id = "LJ" + std::to_string(1000000 + i);
      file << dialect.line(id, kText + id + ".") << '\n';
    }
  }
  std::ofstream("/proc/self/clear_refs") << "5";
  const long before = MemoryKib("VmRSS:");
  const std::clock_t cpu_start = std::clock();
  const auto start = std::chrono::steady_clock::now();
  const auto list = kani::train::ImportRecordings(
      std::string(dialect.file) == "metadata.csv" ? folder : path, {});
  const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
  const double cpu_ms = 1e3 * static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC;
  const double bytes = 1024.0 * static_cast<double>(MemoryKib("VmHWM:") - before) / lines;
  std::printf("%-26s %8zu recordings %7.0f ms %7.0f ms of CPU %6.0f bytes a line\n", dialect.name,
              list.size(), time.count(), cpu_ms, bytes);
  fs::remove(path);
}

}  // namespace

int main(int argc, char** argv) {
  const int lines = argc > 1 ? std::atoi(argv[1]) : 100'000;
  const fs::path folder = fs::temp_directory_path() / "kani_import_bench";
  fs::create_directories(folder / "wavs");
  for (int i = 0; i < lines; ++i) {
    std::ofstream(folder / "wavs" / ("LJ" + std::to_string(1000000 + i) + ".wav"));
  }
  const char* only = std::getenv("DIALECT");
  for (const Dialect& dialect : kDialects) {
    if (only != nullptr && std::string(dialect.name) != only) continue;
    // A process each: what one has freed the next would use again.
    std::fflush(stdout);
    if (const pid_t child = fork(); child == 0) {
      Run(dialect, lines, folder);
      std::fflush(stdout);
      _exit(0);
    } else {
      waitpid(child, nullptr, 0);
    }
  }
  fs::remove_all(folder);
}
