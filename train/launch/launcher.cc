#include "train/launch/launcher.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/system_error.h"
#include "train/launch/child_process.h"

namespace kani::train {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPassedOn[] = {SIGTERM, SIGINT, SIGUSR1};

/// A port of this machine that nobody used a moment ago.
uint16_t FreePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  const bool good = fd >= 0 && ::bind(fd, any, size) == 0 && ::getsockname(fd, any, &size) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (!good) Fail(CodeOfSystemError(error), "no free port on this machine: ", std::strerror(error));
  return ntohs(address.sin_port);
}

/// While it lives, the signals that the launcher lives by wait for Next() instead of interrupting.
class WaitingSignals {
 public:
  WaitingSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGCHLD);
    for (const int signal : kPassedOn) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }
  ~WaitingSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  WaitingSignals(const WaitingSignals&) = delete;
  WaitingSignals& operator=(const WaitingSignals&) = delete;

  /// The next signal, or 0 at `deadline`.
  int Next(std::optional<Clock::time_point> deadline) const {
    if (!deadline) return std::max(0, ::sigwaitinfo(&signals_, nullptr));
    const auto left = std::max(Clock::duration::zero(), *deadline - Clock::now());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const std::chrono::nanoseconds rest = left - seconds;
    const timespec wait = {static_cast<time_t>(seconds.count()), static_cast<long>(rest.count())};
    return std::max(0, ::sigtimedwait(&signals_, nullptr, &wait));
  }
  const sigset_t& before() const { return before_; }

 private:
  sigset_t signals_, before_;
};

std::string_view NameOf(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

/// NAME=value of all: `variables` and what of the environment they do not replace.
std::vector<std::string> WithEnvironment(std::vector<std::string> variables,
                                         const char* const* environment) {
  const size_t own = variables.size();
  for (; *environment != nullptr; ++environment) {
    const auto same = [&](const std::string& v) { return NameOf(v) == NameOf(*environment); };
    if (std::none_of(variables.begin(), variables.begin() + own, same)) {
      variables.emplace_back(*environment);
    }
  }
  return variables;
}

struct Rank {
  int number;
  ChildProcess process;
};

/// The one with local rank 0 prints where this process prints.
Rank StartRank(const std::vector<std::string>& command, const char* const* environment,
               const Topology& plan, int local_rank, const sigset_t& blocked) {
  const std::vector<std::string> variables =
      WithEnvironment(RankVariables(plan, local_rank), environment);
  std::vector<const char*> pointers;
  for (const std::string& variable : variables) pointers.push_back(variable.c_str());
  pointers.push_back(nullptr);
  ChildSettings settings;
  settings.command = command;
  settings.environment = pointers.data();
  settings.blocked = blocked;
  if (local_rank > 0) {
    settings.out = ChildOutput::kDropped;
    settings.error = ChildOutput::kKept;
  }
  return {plan.rank + local_rank, ChildProcess(settings)};
}

/// All ranks of this machine until they have ended.
class Ranks {
 public:
  explicit Ranks(std::chrono::milliseconds grace) : grace_(grace) {}

  void Add(Rank rank) { ranks_.push_back(std::move(rank)); }
  bool AnyRuns() const {
    return std::any_of(ranks_.begin(), ranks_.end(),
                       [](const Rank& rank) { return rank.process.running(); });
  }
  std::optional<Clock::time_point> deadline() const { return deadline_; }

  void PassOn(int signal) {
    asked_to_stop_ = true;
    ForRunning([&](Rank& rank) { rank.process.Signal(signal); });
  }

  void KillAtDeadline() {
    if (!deadline_ || Clock::now() < *deadline_) return;
    ForRunning([](Rank& rank) { rank.process.Kill(); });
    deadline_.reset();
  }

  void Reap() {
    ForRunning([&](Rank& rank) {
      const std::optional<int> code = rank.process.TryReap();
      if (code && *code != 0) {
        failures_.push_back({rank.number, *code, rank.process.ErrorOutput()});
      }
    });
    // Ranks that were asked to stop end with their own code, and one may still be writing.
    if (failures_.empty() || asked_to_stop_) return;
    PassOn(SIGTERM);
    deadline_ = Clock::now() + grace_;
  }

  std::vector<FailedRank> TakeFailures() { return std::move(failures_); }

 private:
  template <typename Function>
  void ForRunning(const Function& function) {
    for (Rank& rank : ranks_) {
      if (rank.process.running()) function(rank);
    }
  }

  const std::chrono::milliseconds grace_;
  std::vector<Rank> ranks_;
  bool asked_to_stop_ = false;
  std::optional<Clock::time_point> deadline_;  // of SIGKILL
  std::vector<FailedRank> failures_;
};

}  // namespace

std::vector<std::string> OwnCommand() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> command;
  for (std::string word; std::getline(file, word, '\0');) command.push_back(word);
  if (command.empty()) Fail(ErrorCode::kIo, "cannot read /proc/self/cmdline");
  command[0] = std::filesystem::read_symlink("/proc/self/exe").string();  // not a name for PATH
  return command;
}

LaunchResult LaunchRanks(const std::vector<std::string>& command, const char* const* environment,
                         const Topology& plan, std::chrono::milliseconds grace) {
  Topology meeting = plan;
  if (meeting.port == 0) meeting.port = FreePort();
  const WaitingSignals signals;
  Ranks ranks(grace);
  for (int i = 0; i < meeting.local_world_size; ++i) {
    ranks.Add(StartRank(command, environment, meeting, i, signals.before()));
  }
  while (ranks.AnyRuns()) {
    const int signal = signals.Next(ranks.deadline());
    if (signal != 0 && signal != SIGCHLD) ranks.PassOn(signal);
    ranks.KillAtDeadline();
    ranks.Reap();
  }
  LaunchResult result;
  result.failures = ranks.TakeFailures();
  if (!result.failures.empty()) result.exit_code = result.failures.front().exit_code;
  return result;
}

}  // namespace kani::train
