// For tests: ranks that are forked from the test itself.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <vector>

#include "train/distributed/process_group.h"

namespace kani::train {

/// A port of this machine that nobody uses.
inline uint16_t FreePort() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size), 0);
  ::close(socket);
  return ntohs(address.sin_port);
}

/// Calls `play` in so many processes, each with its group. A failed expectation or an exception in
/// one of them fails the test. REQUIRES: LibTorch has one thread; and where a test of the program
/// has another device than the processor, `play` makes no gradients: LibTorch refuses after a fork.
inline void PlayRanks(int ranks, const std::function<void(ProcessGroup& group)>& play) {
  Topology topology{.world_size = ranks, .local_world_size = ranks, .port = FreePort()};
  std::vector<pid_t> children;
  for (topology.rank = topology.local_rank = 0; topology.rank < ranks;
       topology.local_rank = ++topology.rank) {
    if (const pid_t child = ::fork(); child != 0) {
      children.push_back(child);
      continue;
    }
    std::signal(SIGPIPE, SIG_IGN);
    try {
      ProcessGroup group(topology, at::kCPU, std::chrono::seconds(60));
      play(group);
      group.Barrier();
    } catch (const std::exception& error) {
      ADD_FAILURE() << "rank " << topology.rank << ": " << error.what();
    }
    std::fflush(nullptr);
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "a rank failed, see above";
  }
}

}  // namespace kani::train
