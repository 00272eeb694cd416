#include "tests/cli/program.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace kani::tests {
namespace {

constexpr auto kLongestRun = std::chrono::seconds(60);

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<char*> Pointers(const Arguments& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Sandbox::Sandbox() {
  std::string pattern = (std::filesystem::temp_directory_path() / "kani_program_XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  folder_ = pattern;
}

Sandbox::~Sandbox() { std::filesystem::remove_all(folder_); }

void Sandbox::Write(std::string_view name, std::string_view bytes) const {
  std::ofstream(Path(name), std::ios::binary) << bytes;
}

std::string Sandbox::Read(std::string_view name) const { return ReadAll(Path(name)); }

std::vector<std::string> Sandbox::Entries() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Outcome Sandbox::Run(const Arguments& arguments, std::string_view input) const {
  return Spawn(Arguments{KANI_PROGRAM} + arguments, input, 0, 0);
}

Outcome Sandbox::RunAndSignal(const Arguments& arguments, int signal, int delay_ms) const {
  return Spawn(Arguments{KANI_PROGRAM} + arguments, "", signal, delay_ms);
}

Outcome Sandbox::Shell(const std::string& line) const {
  return Spawn({"/bin/sh", "-c", line}, "", 0, 0);
}

// stdin, stdout and stderr are files beside the sandbox, so that nothing can block on a full pipe.
Outcome Sandbox::Spawn(const Arguments& command, std::string_view input, int signal,
                       int delay_ms) const {
  const std::string base = folder_.string();
  std::ofstream(base + ".in", std::ios::binary) << input;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, (base + ".in").c_str(), O_RDONLY, 0);
  constexpr int kCreate = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, 1, (base + ".out").c_str(), kCreate, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, (base + ".err").c_str(), kCreate, 0600);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);  // a test counts handles
  posix_spawn_file_actions_addchdir_np(&actions, base.c_str());
  Arguments environment{"PATH=/usr/bin:/bin", "HOME=" + base, "XDG_DATA_HOME=" + base + "/data",
                        std::string("KANI=") + KANI_PROGRAM};
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (const char* value = ::getenv(name)) environment.push_back(std::string(name) + "=" + value);
  }
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, command[0].c_str(), &actions, nullptr,
                                   Pointers(command).data(), Pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start " + command[0]);

  const auto start = std::chrono::steady_clock::now();
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    ::usleep(2000);
    const auto elapsed = std::chrono::steady_clock::now() - start;
    if (signal != 0 && elapsed > std::chrono::milliseconds(delay_ms)) {
      ::kill(child, std::exchange(signal, 0));
    }
    if (elapsed > kLongestRun) ::kill(child, SIGKILL);
  }
  Outcome outcome{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
                  ReadAll(base + ".out"), ReadAll(base + ".err")};
  for (const char* end : {".in", ".out", ".err"}) std::filesystem::remove(base + end);
  return outcome;
}

std::filesystem::path Golden(std::string_view path) {
  return std::filesystem::path(KANI_TEST_DATA) / "golden" / path;
}

Arguments GoldenModel() {
  return {"--model", Golden("end_to_end/model").string(), "--codec",
          Golden("codec/four_codebooks_12fps/new_names.nemo").string()};
}

Arguments GoldenSpeakerEncoder() {
  return {"--speaker-encoder", Golden("speaker/three_layers/model").string()};
}

Arguments operator+(Arguments a, const Arguments& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace kani::tests
