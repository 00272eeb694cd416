// What carries tensors between ranks. Internal to this folder: c10d's types stay in it.
#pragma once

#include <chrono>
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include "train/launch/topology.h"

namespace kani::train {

/// Tensors in host memory, over TCP. Throws c10d's exceptions.
c10::intrusive_ptr<c10d::Backend> ConnectGloo(const c10::intrusive_ptr<c10d::Store>& store,
                                              const Topology& topology,
                                              std::chrono::milliseconds timeout);

/// Tensors in GPU memory. Throws kUnsupported in a build without NCCL, and c10d's exceptions.
c10::intrusive_ptr<c10d::Backend> ConnectNccl(const c10::intrusive_ptr<c10d::Store>& store,
                                              const Topology& topology,
                                              std::chrono::milliseconds timeout);

}  // namespace kani::train
