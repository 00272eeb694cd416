#include "train/launch/launcher.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>

#include "base/error.h"
#include "train/launch/child.h"

namespace kani::train {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPassedOn[] = {SIGTERM, SIGINT, SIGUSR1};

[[noreturn]] void FailSystem(const char* what) {
  Fail(ErrorCode::kIo, "starting ranks: ", what, ": ", std::strerror(errno));
}

/// A port of this machine that nobody used a moment ago.
uint16_t FreePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  const bool good = fd >= 0 && ::bind(fd, any, size) == 0 && ::getsockname(fd, any, &size) == 0;
  if (fd >= 0) ::close(fd);
  if (!good) FailSystem("no free port");
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

/// All ranks of this machine until they have ended.
class Children {
 public:
  explicit Children(std::chrono::milliseconds grace) : grace_(grace) {}

  void Start(const std::vector<std::string>& command, const char* const* environment,
             const Topology& plan, const sigset_t& signals) {
    for (int i = 0; i < plan.local_world_size; ++i) {
      children_.emplace_back(command, environment, plan, i, signals);
    }
  }

  bool AnyRuns() const {
    return std::any_of(children_.begin(), children_.end(),
                       [](const Child& c) { return c.running(); });
  }
  std::optional<Clock::time_point> deadline() const { return deadline_; }

  void PassOn(int signal) {
    asked_to_stop_ = true;
    ForRunning([&](Child& child) { child.Signal(signal); });
  }

  void KillAtDeadline() {
    if (!deadline_ || Clock::now() < *deadline_) return;
    ForRunning([](Child& child) { child.Kill(); });
    deadline_.reset();
  }

  void Reap() {
    ForRunning([&](Child& child) {
      const std::optional<int> code = child.TryReap();
      if (code && *code != 0) failures_.push_back({child.rank(), *code, child.LastWords()});
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
    for (Child& child : children_) {
      if (child.running()) function(child);
    }
  }

  const std::chrono::milliseconds grace_;
  std::vector<Child> children_;
  bool asked_to_stop_ = false;
  std::optional<Clock::time_point> deadline_;  // of SIGKILL
  std::vector<FailedRank> failures_;
};

}  // namespace

LaunchResult LaunchRanks(const std::vector<std::string>& command, const char* const* environment,
                         const Topology& plan, std::chrono::milliseconds grace) {
  Topology meeting = plan;
  if (meeting.port == 0) meeting.port = FreePort();
  const WaitingSignals signals;
  Children children(grace);
  children.Start(command, environment, meeting, signals.before());
  while (children.AnyRuns()) {
    const int signal = signals.Next(children.deadline());
    if (signal != 0 && signal != SIGCHLD) children.PassOn(signal);
    children.KillAtDeadline();
    children.Reap();
  }
  LaunchResult result;
  result.failures = children.TakeFailures();
  if (!result.failures.empty()) result.exit_code = result.failures.front().exit_code;
  return result;
}

}  // namespace kani::train
