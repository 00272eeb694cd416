#include "apps/jail/confinement.h"

#include <seccomp.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <memory>

#include "base/error.h"

namespace kani::jail {
namespace {

void Limit(decltype(RLIMIT_AS) what, rlim_t value, const char* name) {
  const rlimit limit{value, value};
  if (setrlimit(what, &limit) != 0) {
    Fail(ErrorCode::kIo, "the limit on ", name, " cannot be set: ", std::strerror(errno));
  }
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/// Address space of this process.
size_t AddressSpaceBytes() {
  std::ifstream file("/proc/self/statm");
  size_t pages = 0;
  if (!(file >> pages)) Fail(ErrorCode::kIo, "/proc/self/statm cannot be read");
  return pages * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}
#endif

struct FilterRelease {
  void operator()(void* filter) const { seccomp_release(filter); }
};

}  // namespace

void LimitResources(const Limits& limits) {
  Limit(RLIMIT_CORE, 0, "core dumps");
  Limit(RLIMIT_CPU, static_cast<rlim_t>(std::ceil(limits.seconds)), "time");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  Limit(RLIMIT_AS, AddressSpaceBytes() + limits.memory_bytes, "memory");
#endif
}

bool RefuseSystemCalls(int result) {
  const std::unique_ptr<void, FilterRelease> filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
  if (!filter) return false;
  // Memory, but none that code could be written to; what ends a process; the clock, which is read
  // without the kernel where that is possible; and what a C library does between these.
  constexpr int kAllowed[] = {
      SCMP_SYS(brk),           SCMP_SYS(munmap),         SCMP_SYS(mremap),
      SCMP_SYS(madvise),       SCMP_SYS(exit),           SCMP_SYS(exit_group),
      SCMP_SYS(futex),         SCMP_SYS(rt_sigreturn),   SCMP_SYS(getrandom),
      SCMP_SYS(clock_gettime), SCMP_SYS(restart_syscall)};
  for (const int call : kAllowed) {
    if (seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0) != 0) return false;
  }
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
    if (seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 1,
                         SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) != 0) {
      return false;
    }
  }
  if (seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
                       SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(result))) != 0) {
    return false;
  }
#if defined(__SANITIZE_ADDRESS__)
  // The sanitizers look at the signal stack before they unwind, and try memory out by writing it to
  // a pipe of their own.
  for (const int call : {SCMP_SYS(sigaltstack), SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(close)}) {
    seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0);
  }
  seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
                   SCMP_A0(SCMP_CMP_GT, static_cast<scmp_datum_t>(result)));
#endif
  return seccomp_load(filter.get()) == 0;
}

}  // namespace kani::jail
