// Slurm's two compressed lists, as they stand in environment variables.
#pragma once

#include <string>
#include <string_view>

namespace kani::train {

/// The first host of a list such as "gpu[03-07,9],login1": "gpu03". Throws kInvalidArgument for a
/// list without one.
std::string FirstHost(std::string_view node_list);

/// Tasks on the node with this index, of a list such as "4(x2),3": 4, 4 and 3. Throws
/// kInvalidArgument for another format and a node that is not listed.
int TasksOnNode(std::string_view tasks_per_node, int node);

}  // namespace kani::train
