#include "train/launch/child_process.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/system_error.h"

namespace kani::train {

namespace {

constexpr off_t kMaxKept = 8 << 10;

int FileInMemory(ChildOutput output) {
  return output == ChildOutput::kKept ? ::memfd_create("output of a child", MFD_CLOEXEC) : -1;
}

/// In the new process. @param kept the file for an output that is kept, `null` /dev/null
void Redirect(int stream, ChildOutput output, int kept, int null) {
  if (output != ChildOutput::kPrinted) ::dup2(output == ChildOutput::kKept ? kept : null, stream);
}

std::string Tail(int file) {
  const off_t end = std::max<off_t>(0, ::lseek(file, 0, SEEK_END));
  const off_t begin = std::max<off_t>(0, end - kMaxKept);
  std::string text(static_cast<size_t>(end - begin), '\0');
  const ssize_t read = ::pread(file, text.data(), text.size(), begin);
  text.resize(static_cast<size_t>(std::max<ssize_t>(0, read)));
  if (begin > 0) text.erase(0, text.find('\n') + 1);  // of a line that is not whole
  return text;
}

}  // namespace

ChildProcess::ChildProcess(const ChildSettings& settings)
    : out_(FileInMemory(settings.out)), error_(FileInMemory(settings.error)) {
  std::vector<char*> argv;
  for (const std::string& part : settings.command) {
    argv.push_back(const_cast<char*>(part.c_str()));
  }
  argv.push_back(nullptr);
  const bool has_files = (settings.out != ChildOutput::kKept || out_ >= 0) &&
                         (settings.error != ChildOutput::kKept || error_ >= 0);
  const pid_t parent = ::getpid();
  if (has_files) pid_ = ::fork();
  if (pid_ == 0) Become(argv.data(), settings, parent);
  if (pid_ < 0) {
    const int error = errno;
    CloseFiles();
    Fail(CodeOfSystemError(error), "cannot start ", Quoted(settings.command.front()), ": ",
         std::strerror(error));
  }
  ::setpgid(pid_, pid_);  // in both processes: whoever comes first
}

ChildProcess::~ChildProcess() {
  if (running()) {
    Kill();
    ::waitpid(pid_, nullptr, 0);
  }
  CloseFiles();
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      out_(std::exchange(other.out_, -1)),
      error_(std::exchange(other.error_, -1)) {}

void ChildProcess::CloseFiles() const {
  for (const int file : {out_, error_}) {
    if (file >= 0) ::close(file);
  }
}

void ChildProcess::Signal(int signal) const { ::kill(pid_, signal); }
void ChildProcess::Kill() const { ::kill(-pid_, SIGKILL); }

std::optional<int> ChildProcess::TryReap() {
  siginfo_t info = {};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
      info.si_pid == 0) {
    return std::nullopt;
  }
  Kill();  // until it is reaped nobody else can have its number
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

constexpr std::string_view kNotStarted = ": could not be started\n";

/// In the new process. Calls only what may be called between fork() and execve().
void ChildProcess::Become(char* const* argv, const ChildSettings& settings, pid_t parent) const {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(128 + SIGKILL);  // it died before the line above
  ::setpgid(0, 0);
  if (settings.niceness != 0) ::setpriority(PRIO_PROCESS, 0, settings.niceness);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(null, STDIN_FILENO);
  Redirect(STDOUT_FILENO, settings.out, out_, null);
  Redirect(STDERR_FILENO, settings.error, error_, null);
  pthread_sigmask(SIG_SETMASK, &settings.blocked, nullptr);
  ::execvpe(argv[0], argv,
            settings.environment ? const_cast<char* const*>(settings.environment) : environ);
  for (const std::string_view text : {std::string_view(argv[0]), kNotStarted}) {
    [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, text.data(), text.size());
  }
  ::_exit(127);
}

std::string ChildProcess::Out() const { return Tail(out_); }
std::string ChildProcess::ErrorOutput() const { return Tail(error_); }

}  // namespace kani::train
