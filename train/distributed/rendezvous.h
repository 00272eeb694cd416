// How ranks find each other, and who is missing. Internal to this folder.
#pragma once

#include <chrono>
#include <exception>
#include <string>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include "train/launch/topology.h"

namespace kani::train {

/// Returns when every rank is there; they share the store's keys. Throws kIo when that takes longer
/// than `timeout`, naming the ranks that did not come, and where the address cannot be used;
/// kResourceExhausted when file handles would run out; kInvalidArgument for two processes with one
/// rank and for ranks that disagree how many they are.
c10::intrusive_ptr<c10d::Store> Meet(const Topology& topology, std::chrono::milliseconds timeout);

/// What c10d says, without the stack that may follow.
std::string FirstLine(const std::exception& error);

}  // namespace kani::train
