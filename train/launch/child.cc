#include "train/launch/child.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace kani::train {

namespace {

constexpr off_t kMaxLastWords = 4096;

/// argv or envp. The strings must outlive it.
std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& string : strings) pointers.push_back(const_cast<char*>(string.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::string_view NameOf(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

std::vector<std::string> WithVariables(const char* const* environment,
                                       std::vector<std::string> variables) {
  const size_t own = variables.size();
  for (; *environment != nullptr; ++environment) {
    const auto same = [&](const std::string& v) { return NameOf(v) == NameOf(*environment); };
    if (std::none_of(variables.begin(), variables.begin() + own, same)) {
      variables.emplace_back(*environment);
    }
  }
  return variables;
}

}  // namespace

Child::Child(const std::vector<std::string>& command, const char* const* environment,
             const Topology& plan, int local_rank, const sigset_t& blocked)
    : rank_(plan.rank + local_rank) {
  const std::vector<std::string> variables =
      WithVariables(environment, RankVariables(plan, local_rank));
  const std::vector<char*> argv = Pointers(command), envp = Pointers(variables);
  if (local_rank > 0) stderr_ = ::memfd_create("stderr of a rank", MFD_CLOEXEC);
  const pid_t parent = ::getpid();
  if (local_rank == 0 || stderr_ >= 0) pid_ = ::fork();
  if (pid_ == 0) Become(argv.data(), envp.data(), parent, blocked);
  if (pid_ < 0) {
    const int error = errno;
    if (stderr_ >= 0) ::close(stderr_);
    Fail(ErrorCode::kIo, "cannot start rank ", rank_, ": ", std::strerror(error));
  }
  ::setpgid(pid_, pid_);  // in both processes: whoever comes first
}

Child::~Child() {
  if (running()) {
    Kill();
    ::waitpid(pid_, nullptr, 0);
  }
  if (stderr_ >= 0) ::close(stderr_);
}

Child::Child(Child&& other) noexcept
    : rank_(other.rank_),
      pid_(std::exchange(other.pid_, -1)),
      stderr_(std::exchange(other.stderr_, -1)) {}

void Child::Signal(int signal) const { ::kill(pid_, signal); }
void Child::Kill() const { ::kill(-pid_, SIGKILL); }

std::optional<int> Child::TryReap() {
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

/// In the new process. Calls only what may be called between fork() and execve().
void Child::Become(char* const* argv, char* const* envp, pid_t parent,
                   const sigset_t& blocked) const {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(128 + SIGKILL);  // it died before the line above
  ::setpgid(0, 0);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(null, STDIN_FILENO);
  if (stderr_ >= 0) {
    ::dup2(null, STDOUT_FILENO);
    ::dup2(stderr_, STDERR_FILENO);
  }
  pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
  ::execve(argv[0], argv, envp);
  constexpr std::string_view kMessage = "the program could not be started\n";
  [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, kMessage.data(), kMessage.size());
  ::_exit(127);
}

std::string Child::LastWords() const {
  if (stderr_ < 0) return "";
  const off_t end = std::max<off_t>(0, ::lseek(stderr_, 0, SEEK_END));
  const off_t begin = std::max<off_t>(0, end - kMaxLastWords);
  std::string words(static_cast<size_t>(end - begin), '\0');
  const ssize_t read = ::pread(stderr_, words.data(), words.size(), begin);
  words.resize(static_cast<size_t>(std::max<ssize_t>(0, read)));
  if (begin > 0) words.erase(0, words.find('\n') + 1);  // of a line that is not whole
  return words;
}

}  // namespace kani::train
