#include "apps/jail/jail.h"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "apps/jail/answer.h"
#include "apps/jail/protocol.h"
#include "base/error.h"
#include "base/testing.h"
#include "media/media.h"

namespace kani::jail {
namespace {

/// Sanitizers reserve terabytes.
constexpr bool MemoryIsLimited() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return false;
#else
  return true;
#endif
}

void Put(const void* bytes, size_t count) {
  if (write(kResult, bytes, count) < 0) _exit(9);
}
const Send kPut = [](std::span<const std::byte> bytes) { Put(bytes.data(), bytes.size()); };

std::string Environment() {
  std::string all;
  for (char** entry = environ; *entry != nullptr; ++entry) all += std::string(*entry) + ";";
  return all;
}

std::string OpenDescriptors() {
  std::string all;
  for (int i = 0; i < 1000; ++i) {
    if (fcntl(i, F_GETFD) >= 0) all += std::to_string(i) + ";";
  }
  return all;
}

/// What a decoder does that strange bytes have taken over: this program is the child of its tests.
void Misbehave(std::string_view how, const Limits& limits) {
  char noise[4096] = {};
  if (how == "crash") {
    std::signal(SIGSEGV, SIG_DFL);
    std::raise(SIGSEGV);
  } else if (how == "hang") {
    for (;;) pause();
  } else if (how == "spin") {
    LimitResources({.seconds = 1, .memory_bytes = limits.memory_bytes});
    for (volatile bool forever = true; forever;) {
    }
  } else if (how == "quit") {
    _exit(3);
  } else if (how == "noise") {
    Put(noise, sizeof(noise));
  } else if (how == "cut") {
    SendSound({.samples = std::vector<float>(100), .sample_rate_hz = 8000}, true,
              [](std::span<const std::byte> bytes) {
                Put(bytes.data(), std::min<size_t>(bytes.size(), 200));  // half of the samples
              });
  } else if (how == "more") {
    SendSound({.samples = std::vector<float>(100), .sample_rate_hz = 8000}, true, kPut);
    Put(noise, sizeof(noise));
  } else if (how == "flood") {
    for (;;) Put(noise, sizeof(noise));
  } else if (how == "lines") {
    SendError(Error(ErrorCode::kUnsupported, "two\nlines \x1B[31m"), true, kPut);
  } else if (how == "environment") {
    SendError(Error(ErrorCode::kUnsupported, Environment()), true, kPut);
  } else if (how == "descriptors") {
    SendError(Error(ErrorCode::kUnsupported, OpenDescriptors()), true, kPut);
  } else if (how == "signals") {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::raise(signal);
    SendSound({.samples = {1}, .sample_rate_hz = 8000}, true, kPut);
  } else if (how == "unconfined") {
    SendSound({.samples = {1}, .sample_rate_hz = 8000}, false, kPut);
  }
  _exit(0);
}

std::span<const std::byte> Bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

class JailTest : public testing::Test {
 protected:
  std::filesystem::path Path(const std::string& name) const { return folder_ / name; }
  std::string ReadBytes(const std::string& name) const {
    std::ifstream in(Path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void WriteSound(const std::string& name, double seconds) const {
    std::vector<float> samples(static_cast<size_t>(22050 * seconds));
    for (size_t i = 0; i < samples.size(); ++i) {
      samples[i] = 0.5f * std::sin(0.05f * static_cast<float>(i));
    }
    const auto writer = media::AudioWriter::Open(Path(name), 22050);
    writer->Write(samples);
    writer->Finish();
  }
  /// What both say of the same bytes.
  static std::string Outcome(const std::function<audio::Sound()>& read) {
    try {
      const audio::Sound sound = read();
      uint64_t hash = 0xcbf29ce484222325;
      for (const float sample : sound.samples) {
        hash = (hash ^ std::bit_cast<uint32_t>(sample)) * 0x100000001b3;
      }
      return StrCat(sound.samples.size(), " ", hash, " ", sound.sample_rate_hz, " ",
                    sound.cut_short);
    } catch (const Error& error) {
      return StrCat(ErrorCodeName(error.code()), ": ", error.what());
    }
  }
  /// What a child that misbehaves comes to.
  std::string Strange(const std::string& how, Limits limits = {20, size_t{64} << 20}) {
    return Outcome([&] { return DecodeInChild(Bytes("x"), "test:" + how, 60, limits, warn_); });
  }

  std::vector<std::string> warnings_;
  WarningSink warn_ = [this](std::string_view line) { warnings_.emplace_back(line); };

 private:
  TestFolder folder_;
};

TEST_F(JailTest, GivesTheSoundsAndErrorsThatDecodingHereGives) {
  for (const std::string extension : {".wav", ".flac", ".mp3", ".opus", ".m4a"}) {
    WriteSound("a" + extension, 1.5);
    const std::string whole = ReadBytes("a" + extension);
    std::string damaged = whole;
    for (size_t i = 0; i < 40; ++i) damaged[whole.size() / 3 + i] ^= 0x55;
    for (const std::string& bytes : {whole, whole.substr(0, whole.size() / 2), whole.substr(0, 20),
                                     damaged, std::string(3000, 'x'), std::string()}) {
      for (const double max_seconds : {60.0, 1.0}) {
        EXPECT_EQ(Outcome([&] { return ReadAudio(Bytes(bytes), "'a file'", max_seconds, warn_); }),
                  Outcome([&] { return media::ReadAudio(Bytes(bytes), "'a file'", max_seconds); }))
            << extension << " " << bytes.size();
      }
    }
    EXPECT_EQ(Outcome([&] { return ReadAudio(Path("a" + extension), 60, warn_); }),
              Outcome([&] { return media::ReadAudio(Path("a" + extension), 60); }));
  }
  EXPECT_TRUE(warnings_.empty()) << warnings_[0];
}

TEST_F(JailTest, SeveralAtOnceFromSeveralThreads) {
  WriteSound("a.opus", 1);
  const std::string expected = Outcome([&] { return media::ReadAudio(Path("a.opus"), 60); });
  std::vector<std::string> found(6);
  std::vector<std::thread> threads;
  for (std::string& one : found) {
    threads.emplace_back(
        [&] { one = Outcome([&] { return ReadAudio(Path("a.opus"), 60, WarningSink()); }); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(found, std::vector<std::string>(found.size(), expected));
}

TEST_F(JailTest, ADecoderThatCrashesHangsOrLiesIsAnError) {
  EXPECT_EQ(Strange("crash"),
            "invalid_file: test:crash: its decoder crashed (signal 11): the file is damaged, or "
            "made to do harm");
  EXPECT_EQ(Strange("hang", {0.3, size_t{64} << 20}),
            "resource_exhausted: test:hang: its decoder took longer than 0.3 s, the longest "
            "allowed");
  EXPECT_EQ(Strange("spin"),
            "resource_exhausted: test:spin: its decoder was ended by the system, since it took too "
            "much time or memory");
  EXPECT_EQ(Strange("quit"), "io: test:quit: its decoder ended without an answer, exit code 3");
  EXPECT_EQ(Strange("cut"), "io: test:cut: its decoder ended without an answer, exit code 0");
  for (const std::string how : {"noise", "flood", "more"}) {
    EXPECT_NE(Strange(how).find("made to do harm"), std::string::npos) << how;
  }
  EXPECT_EQ(Strange("lines"), "unsupported: two?lines ?[31m");
}

TEST_F(JailTest, TheChildGetsNothingOfItsParents) {
  ASSERT_EQ(setenv("KANI_TEST_SECRET", "secret", 1), 0);
  const int open_file = open("/proc/self/exe", O_RDONLY);  // not closed by exec
  EXPECT_EQ(Strange("environment").find("secret"), std::string::npos) << Strange("environment");
  EXPECT_EQ(Strange("descriptors"), "unsupported: 0;1;2;3;4;");
  close(open_file);
  unsetenv("KANI_TEST_SECRET");
}

TEST_F(JailTest, WhoWaitsDecidesWhenTheDecoderEnds) {
  EXPECT_EQ(Strange("signals").substr(0, 2), "1 ");
}

TEST_F(JailTest, ASystemWithoutFiltersIsSaid) {
  EXPECT_EQ(Strange("unconfined").substr(0, 2), "1 ");
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_NE(warnings_[0].find("no seccomp filters"), std::string::npos);
}

TEST_F(JailTest, TooLittleMemoryIsAnErrorThatSaysSo) {
  if (!MemoryIsLimited()) GTEST_SKIP() << "a sanitizer needs all of the address space";
  WriteSound("a.flac", 60);
  const std::string bytes = ReadBytes("a.flac");
  const std::string outcome = Outcome([&] {
    return DecodeInChild(Bytes(bytes), "'a.flac'", 3600, {20, bytes.size() + (3 << 20)}, warn_);
  });
  EXPECT_EQ(outcome.substr(0, 18), "resource_exhausted") << outcome;
}

/// Runs in a child that is confined, with one end of a pipe to write to; bit i of the exit code is
/// set where attempt i did not fail with EPERM.
int ConfinedExitCode(const std::vector<std::function<bool()>>& refused) {
  int ends[2];
  if (pipe(ends) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) {
    if (!RefuseSystemCalls(ends[1])) _exit(255);
    int code = 0;
    for (size_t i = 0; i < refused.size(); ++i) code |= refused[i]() ? 0 : 1 << i;
    if (write(ends[1], "ok", 2) != 2) code |= 128;
    _exit(code);
  }
  int status = 0;
  waitpid(child, &status, 0);
  char text[2] = {};
  EXPECT_EQ(read(ends[0], text, 2), 2);
  close(ends[0]);
  close(ends[1]);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

bool Refused(int64_t result) { return result == -1 && errno == EPERM; }

TEST(ConfinementTest, FilesSocketsAndProcessesAreRefused) {
  static const pid_t parent = getpid();
  EXPECT_EQ(ConfinedExitCode({
                [] { return Refused(open("/etc/passwd", O_RDONLY)); },
                [] { return Refused(open("/tmp/kani-jail", O_WRONLY | O_CREAT, 0600)); },
                [] { return Refused(socket(AF_INET, SOCK_STREAM, 0)); },
                [] { return Refused(socket(AF_UNIX, SOCK_STREAM, 0)); },
                [] { return Refused(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); },
                [] {
                  char* const none[] = {nullptr};
                  return Refused(execve("/bin/true", none, none));
                },
                [] { return Refused(kill(parent, SIGTERM)); },
            }),
            0);
}

TEST(ConfinementTest, OtherWaysOutAreRefusedToo) {
  EXPECT_EQ(ConfinedExitCode({
                [] { return Refused(write(2, "x", 1)); },
                [] { return Refused(unlink("/tmp/kani-jail")); },
                [] { return Refused(static_cast<int64_t>(ptrace(PTRACE_TRACEME, 0, 0, 0))); },
                [] { return Refused(syscall(SYS_openat, AT_FDCWD, "/proc", O_RDONLY)); },
                [] { return Refused(syscall(SYS_memfd_create, "x", 0)); },
                [] { return Refused(dup2(0, 7)); },
                [] {
                  void* code = mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                  void* data = mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                  return code == MAP_FAILED && data != MAP_FAILED &&
                         Refused(mprotect(data, 4096, PROT_READ | PROT_EXEC));
                },
            }),
            0);
}

TEST(ConfinementTest, MemoryAndTimeAreLimited) {
  const auto run = [](const std::function<int()>& task) {
    const pid_t child = fork();
    if (child == 0) {
      LimitResources({.seconds = 0.5, .memory_bytes = size_t{32} << 20});
      _exit(task());
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
  };
  const int spun = run([] {
    for (volatile bool forever = true; forever;) {
    }
    return 0;
  });
  EXPECT_TRUE(WIFSIGNALED(spun) && (WTERMSIG(spun) == SIGXCPU || WTERMSIG(spun) == SIGKILL));
  if (!MemoryIsLimited()) GTEST_SKIP() << "a sanitizer needs all of the address space";
  const int grown = run([] {
    const auto fits = [](size_t bytes) {
      void* memory = std::malloc(bytes);
      asm volatile("" : : "g"(memory) : "memory");
      std::free(memory);
      return memory != nullptr;
    };
    return fits(size_t{8} << 20) && !fits(size_t{64} << 20) ? 0 : 1;
  });
  EXPECT_TRUE(WIFEXITED(grown) && WEXITSTATUS(grown) == 0);
}

std::string Answer(const std::function<void(const Send&)>& send) {
  std::string bytes;
  send([&](std::span<const std::byte> part) {
    bytes.append(reinterpret_cast<const char*>(part.data()), part.size());
  });
  return bytes;
}

TEST(AnswerTest, ReadsBackWhatWasSentInAnyPieces) {
  audio::Sound sound{.samples = {1.0f, -0.5f, 3e9f}, .sample_rate_hz = 44100, .cut_short = "cut"};
  const std::string bytes = Answer([&](const Send& send) { SendSound(sound, true, send); });
  for (size_t piece = 1; piece <= bytes.size(); ++piece) {
    AnswerReader reader("x", 100);
    for (size_t at = 0; at < bytes.size(); at += piece) {
      EXPECT_FALSE(reader.complete());
      reader.Add(Bytes(std::string_view(bytes).substr(at, piece)));
    }
    ASSERT_TRUE(reader.complete());
    EXPECT_TRUE(reader.confined());
    const audio::Sound found = reader.Take();
    EXPECT_EQ(found.samples, sound.samples);
    EXPECT_EQ(found.sample_rate_hz, 44100);
    EXPECT_EQ(found.cut_short, "cut");
  }
}

TEST(AnswerTest, RefusesMoreThanIsBelievedAndCodesThatNoDecoderHas) {
  const std::string bytes = Answer([](const Send& send) {
    SendSound({.samples = std::vector<float>(26), .sample_rate_hz = 8000}, true, send);
  });
  EXPECT_NO_THROW(AnswerReader("x", 104).Add(Bytes(bytes)));
  EXPECT_THROW(AnswerReader("x", 103).Add(Bytes(bytes)), Error);
  AnswerReader reader("x", 100);
  reader.Add(Bytes(
      Answer([](const Send& send) { SendError(Error(ErrorCode::kNetwork, "no"), true, send); })));
  try {
    reader.Take();
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInternal);
    EXPECT_STREQ(error.what(), "no");
  }
}

}  // namespace
}  // namespace kani::jail

int main(int argc, char** argv) {
  using namespace kani::jail;
  if (argc == kArguments && std::string_view(argv[kWord]) == kChildWord) {
    const std::string_view source = argv[kSource];
    if (source.starts_with("test:")) {
      Misbehave(source.substr(5), {.seconds = 20, .memory_bytes = size_t{64} << 20});
    }
  }
  if (const std::optional<int> code = RunChild(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
