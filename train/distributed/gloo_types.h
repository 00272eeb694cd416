// Stands in for Gloo's headers, which c10d's ProcessGroupGloo.hpp includes and torch packages do
// not ship (CMakeLists.txt lays it where they would be). Only what that header names, by pointer:
// no object of these types may be made here, for their real members are inside libtorch_cpu.
#pragma once

#include <torch/headeronly/version.h>

#include <chrono>
#include <string>
#include <vector>

static_assert(TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 11 && TORCH_VERSION_MINOR <= 15,
              "compare ProcessGroupGloo.hpp of this torch with what is declared here");

namespace gloo {

class Context {
 public:
  void setTimeout(std::chrono::milliseconds timeout);
};

namespace rendezvous {

/// The base of a class that c10d's header defines. Never defined here: code that would make such an
/// object with a table of functions unlike libtorch's does not link.
class Store {
 public:
  Store();
  virtual ~Store();
  virtual void set(const std::string& key, const std::vector<char>& data) = 0;
  virtual std::vector<char> get(const std::string& key) = 0;
  virtual void wait(const std::vector<std::string>& keys) = 0;
  virtual void wait(const std::vector<std::string>& keys,
                    const std::chrono::milliseconds& timeout) = 0;
};

}  // namespace rendezvous

namespace transport {

class Device;
class UnboundBuffer;

}  // namespace transport
}  // namespace gloo
