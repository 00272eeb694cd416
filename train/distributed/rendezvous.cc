#include "train/distributed/rendezvous.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <string_view>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <vector>

#include "base/error.h"

namespace kani::train {

namespace {

using Store = c10::intrusive_ptr<c10d::Store>;

std::string Place(const Topology& topology) { return StrCat(topology.address, ":", topology.port); }

std::string KeyOf(int rank) { return StrCat("rank/", rank); }

/// Throws kResourceExhausted unless there are handles enough for the group: c10d's store ends the
/// process when it finds none, and what fails behind it looks like a lost peer.
void RequireFileHandles(int world_size) {
  // The least with which runs of two and of four processes came to their end: 21 and 25.
  const int needed = 17 + 2 * world_size;
  std::vector<int> handles;
  int error = 0;
  while (error == 0 && std::ssize(handles) < needed) {
    const int handle = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (handle < 0)
      error = errno;
    else
      handles.push_back(handle);
  }
  for (const int handle : handles) ::close(handle);
  if (error == 0) return;
  Fail(ErrorCode::kResourceExhausted, "a group of ", world_size, " processes takes ", needed,
       " file handles in each; after ", handles.size(), ": ", std::strerror(error));
}

Store OpenStore(const Topology& topology, std::chrono::milliseconds timeout) {
  c10d::TCPStoreOptions options;
  options.port = topology.port;
  options.isServer = topology.rank == 0 && !topology.agent_listens;
  options.waitWorkers = false;  // AwaitAll() can say who is missing
  options.timeout = timeout;
  try {
    // An agent's store outlives the ranks that it starts anew.
    return c10::make_intrusive<c10d::PrefixStore>(
        StrCat("kani/", topology.restarts),
        c10::make_intrusive<c10d::TCPStore>(topology.address, options));
  } catch (const std::exception& error) {
    Fail(ErrorCode::kIo, "rank ", topology.rank,
         options.isServer ? " cannot listen at " : " found nobody who listens at ", Place(topology),
         ": ", FirstLine(error));
  }
}

/// "2 of 4 processes came; missing: rank 1, rank 3"
std::string WhoCame(const Store& store, int world_size) {
  constexpr int kMaxNamed = 8;
  int missing = 0;
  std::string names;
  for (int rank = 0; rank < world_size; ++rank) {
    if (store->check({KeyOf(rank)})) continue;
    if (++missing <= kMaxNamed) names += StrCat(missing == 1 ? "rank " : ", rank ", rank);
  }
  if (missing > kMaxNamed) names += ", ...";
  return StrCat(world_size - missing, " of ", world_size, " processes came; missing: ", names);
}

void Register(const Store& store, const Topology& topology) {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  const std::string process = StrCat("process ", ::getpid(), " on ", host);
  const std::string size = std::to_string(topology.world_size);
  if (const std::string first = store->compareSet("world size", "", size); first != size) {
    Fail(ErrorCode::kInvalidArgument, "rank ", topology.rank, " (", process, ") expects ", size,
         " processes, another expects ", Quoted(first));
  }
  if (const std::string first = store->compareSet(KeyOf(topology.rank), "", process);
      first != process) {
    Fail(ErrorCode::kInvalidArgument, "two processes have rank ", topology.rank, ": ",
         Quoted(first), " and ", Quoted(process));
  }
}

void AwaitAll(const Store& store, const Topology& topology, std::chrono::milliseconds timeout) {
  std::vector<std::string> keys;
  for (int rank = 0; rank < topology.world_size; ++rank) keys.push_back(KeyOf(rank));
  try {
    store->wait(keys, timeout);
  } catch (const std::exception&) {
    Fail(ErrorCode::kIo, "no start at ", Place(topology), " within ", timeout.count(),
         " ms: ", WhoCame(store, topology.world_size));
  }
}

}  // namespace

c10::intrusive_ptr<c10d::Store> Meet(const Topology& topology, std::chrono::milliseconds timeout) {
  RequireFileHandles(topology.world_size);
  const Store store = OpenStore(topology, timeout);
  try {
    Register(store, topology);
    AwaitAll(store, topology, timeout);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    Fail(ErrorCode::kIo, "rank ", topology.rank, " lost contact with ", Place(topology),
         " while others were missing: ", FirstLine(error));
  }
  return store;
}

std::string FirstLine(const std::exception& error) {
  const std::string_view text = error.what();
  return Quoted(text.substr(0, text.find('\n')));
}

}  // namespace kani::train
