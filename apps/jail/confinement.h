// What a process gives up for good before it reads a stranger's bytes.
#pragma once

#include <cstddef>

namespace kani::jail {

struct Limits {
  double seconds = 0;       ///< of the clock, and of the processor
  size_t memory_bytes = 0;  ///< of address space beyond what the process has when it is confined
};

/// Limits the calling process: no more memory than that (what asks for more gets std::bad_alloc),
/// no more seconds of the processor (SIGXCPU), no core dump. In builds with a sanitizer memory is
/// not limited, since those reserve terabytes. Throws kIo.
void LimitResources(const Limits& limits);

/// From here on the process may compute, use memory, write to `result`, and end; every other call
/// to the kernel fails with EPERM: files, sockets, processes, threads, signals, executable memory.
/// Of the calling thread, and not to be undone. False where the kernel has no seccomp filters or
/// libseccomp does not know the machine: then nothing has changed.
bool RefuseSystemCalls(int result);

}  // namespace kani::jail
