#include "train/launch/slurm.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"

namespace kani::train {

namespace {

/// Removes a number >= 0 from the front of `text`; -1 if there is none.
int TakeNumber(std::string_view& text) {
  int number = -1;
  const char* end = std::from_chars(text.data(), text.data() + text.size(), number).ptr;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

std::string FirstHost(std::string_view node_list) {
  std::string host;
  for (size_t at = 0; at < node_list.size() && node_list[at] != ','; ++at) {
    if (node_list[at] != '[') {
      host += node_list[at];
      continue;
    }
    const std::string_view rest = node_list.substr(at + 1);
    const size_t first = rest.find_first_of("-,]"), close = rest.find(']');
    if (close == std::string_view::npos) {
      Fail(ErrorCode::kInvalidArgument, "list of nodes: a bracket is not closed in ",
           Quoted(node_list));
    }
    host += rest.substr(0, first);
    at += 1 + close;
  }
  if (host.empty()) {
    Fail(ErrorCode::kInvalidArgument, "list of nodes: expected a host first, found ",
         Quoted(node_list));
  }
  return host;
}

int TasksOnNode(std::string_view tasks_per_node, int node) {
  std::string_view rest = tasks_per_node;
  for (int first = 0;;) {
    const int tasks = TakeNumber(rest);
    int nodes = 1;
    bool good = tasks > 0;
    if (TakePrefix(rest, "(x")) {
      nodes = TakeNumber(rest);
      good = good && nodes > 0 && TakePrefix(rest, ")");
    }
    if (good && node - first < nodes) return tasks;
    if (!good || !TakePrefix(rest, ",")) {
      Fail(ErrorCode::kInvalidArgument, "tasks per node: expected those of node ", node,
           " in a list such as 4(x2),3, found ", Quoted(tasks_per_node));
    }
    first += std::min(nodes, node - first);
  }
}

}  // namespace kani::train
