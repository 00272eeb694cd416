// The parent's side: starts the child, gives it the bytes and reads its answer until its time is
// up.
#include "apps/jail/jail.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "apps/jail/answer.h"
#include "apps/jail/protocol.h"
#include "base/error.h"
#include "media/media.h"

namespace kani::jail {
namespace {

[[noreturn]] void FailToStart(const std::string& source, int error) {
  const bool exhausted = error == EMFILE || error == ENFILE || error == ENOMEM || error == EAGAIN;
  Fail(exhausted ? ErrorCode::kResourceExhausted : ErrorCode::kIo, source,
       ": its decoder cannot be started: ", std::strerror(error));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }

 private:
  int number_;
};

/// Takes a new descriptor, out of the way of those that the child will have.
Descriptor AboveTheChilds(int number, const std::string& source) {
  if (number < 0) FailToStart(source, errno);
  Descriptor descriptor(number);
  if (number > kResult) return descriptor;
  Descriptor moved(fcntl(number, F_DUPFD_CLOEXEC, kResult + 1));
  if (moved.get() < 0) FailToStart(source, errno);
  return moved;
}

/// A file in memory with these bytes.
Descriptor MemoryFile(std::span<const std::byte> bytes, const std::string& source) {
  Descriptor file = AboveTheChilds(memfd_create("sound", MFD_CLOEXEC), source);
  while (!bytes.empty()) {
    const ssize_t count = write(file.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) FailToStart(source, count < 0 ? errno : ENOSPC);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return file;
}

/// Ends to read from and to write to.
std::pair<Descriptor, Descriptor> Pipe(const std::string& source) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) FailToStart(source, errno);
  Descriptor reads(ends[0]);
  return {std::move(reads), AboveTheChilds(ends[1], source)};
}

/// What posix_spawn is told, freed at the end.
struct SpawnSettings {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  SpawnSettings() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
};

/// Starts this program once more. @param arguments of main(). @return the process.
pid_t Spawn(int input, int result, std::vector<std::string>& arguments, const std::string& source) {
  SpawnSettings settings;
  for (const int standard : {0, 1, 2}) {
    posix_spawn_file_actions_addopen(&settings.actions, standard, "/dev/null", O_RDWR, 0);
  }
  posix_spawn_file_actions_adddup2(&settings.actions, input, kInput);
  posix_spawn_file_actions_adddup2(&settings.actions, result, kResult);
  posix_spawn_file_actions_addclosefrom_np(&settings.actions, kResult + 1);
  // Ctrl-C reaches a whole group, and a service manager ends all at once: who waits for the decoder
  // decides, and kills it.
  sigset_t held, all;
  sigemptyset(&held);
  sigfillset(&all);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&held, signal);
  posix_spawnattr_setsigmask(&settings.attributes, &held);
  posix_spawnattr_setsigdefault(&settings.attributes, &all);
  posix_spawnattr_setflags(&settings.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  // Keys and tokens of the environment are none of its business.
  std::string libraries = "LD_LIBRARY_PATH=";
  const char* path = std::getenv("LD_LIBRARY_PATH");
  if (path != nullptr) libraries += path;
  char* environment[] = {path != nullptr ? libraries.data() : nullptr, nullptr};
  pid_t process = -1;
  const int error = posix_spawn(&process, "/proc/self/exe", &settings.actions, &settings.attributes,
                                argv.data(), environment);
  if (error != 0) FailToStart(source, error);
  return process;
}

/// A decoder at work.
class Child {
 public:
  Child(std::span<const std::byte> bytes, std::vector<std::string> arguments,
        const std::string& source)
      : Child(MemoryFile(bytes, source), Pipe(source), std::move(arguments), source) {}
  ~Child() {
    if (process_ >= 0) End();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  int result() const { return result_.get(); }
  /// Ends it if it has not ended. @return how it did, as waitpid says.
  int End() {
    int status = 0;
    kill(process_, SIGKILL);
    while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
    return status;
  }

 private:
  Child(const Descriptor& input, std::pair<Descriptor, Descriptor> pipe,
        std::vector<std::string> arguments, const std::string& source)
      : result_(std::move(pipe.first)),
        process_(Spawn(input.get(), pipe.second.get(), arguments, source)) {}

  Descriptor result_;
  pid_t process_;
};

/// Reads the answer to its end. False when time was up.
bool ReadAnswer(int result, double seconds, AnswerReader& answer) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(seconds));
  std::vector<std::byte> buffer(1 << 16);
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return false;
    pollfd waiting{result, POLLIN, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(std::min<int64_t>(left, 1 << 30)));
    if (ready <= 0) continue;  // the time, or a signal
    const ssize_t count = read(result, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return true;
    answer.Add(std::span(buffer).first(static_cast<size_t>(count)));
  }
}

[[noreturn]] void FailWithoutAnswer(int status, const std::string& source) {
  if (WIFEXITED(status)) {
    Fail(ErrorCode::kIo, source, ": its decoder ended without an answer, exit code ",
         WEXITSTATUS(status));
  }
  const int signal = WTERMSIG(status);
  if (signal == SIGXCPU || signal == SIGKILL) {
    Fail(ErrorCode::kResourceExhausted, source,
         ": its decoder was ended by the system, since it took too much time or memory");
  }
  Fail(ErrorCode::kInvalidFile, source, ": its decoder crashed (signal ", signal,
       "): the file is damaged, or made to do harm");
}

media::SoundDecoder Decoder(const WarningSink& warn) {
  return [&warn](std::span<const std::byte> bytes, const std::string& source, double max_seconds) {
    return DecodeInChild(bytes, source, max_seconds, LimitsOf(bytes.size(), max_seconds), warn);
  };
}

}  // namespace

Limits LimitsOf(size_t bytes, double max_seconds) {
  return {.seconds = 20 + max_seconds / 20,
          .memory_bytes = (size_t{128} << 20) + 2 * bytes + static_cast<size_t>(6e5 * max_seconds)};
}

audio::Sound DecodeInChild(std::span<const std::byte> bytes, const std::string& source,
                           double max_seconds, const Limits& limits, const WarningSink& warn) {
  if (!CanBeChild()) {
    Fail(ErrorCode::kInternal, source, ": this program does not begin with jail::RunChild");
  }
  std::vector<std::string> arguments(kArguments);
  arguments[0] = "kani";
  arguments[kWord] = kChildWord;
  arguments[kSource] = source;
  arguments[kMaxSeconds] = StrCat(max_seconds);
  arguments[kSeconds] = StrCat(limits.seconds);
  arguments[kMemoryBytes] = StrCat(limits.memory_bytes);
  arguments[kUnconfined] = warn ? "1" : "0";

  Child child(bytes, std::move(arguments), source);
  AnswerReader answer(source, limits.memory_bytes);
  if (!ReadAnswer(child.result(), limits.seconds, answer)) {
    Fail(ErrorCode::kResourceExhausted, source, ": its decoder took longer than ", limits.seconds,
         " s, the longest allowed");
  }
  const int status = child.End();
  if (!answer.complete()) FailWithoutAnswer(status, source);
  if (!answer.confined()) {
    Warn(warn, StrCat(source,
                      ": this system has no seccomp filters; its decoder runs with limits "
                      "on time and memory only"));
  }
  return answer.Take();
}

audio::Sound ReadAudio(std::span<const std::byte> bytes, const std::string& source,
                       double max_seconds, const WarningSink& warn) {
  return media::ReadAudio(bytes, source, max_seconds, Decoder(warn));
}

audio::Sound ReadAudio(const std::filesystem::path& path, double max_seconds,
                       const WarningSink& warn) {
  return media::ReadAudio(path, max_seconds, Decoder(warn));
}

}  // namespace kani::jail
