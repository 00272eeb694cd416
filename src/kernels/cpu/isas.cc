#include "kernels/cpu/isas.h"

#include <string>
#include <vector>

#include "base/error.h"
#include "kernels/device.h"

namespace kani::kernels {

std::span<const std::string_view> AvailableIsas() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> found;
    for (const KernelTable* table : AvailableTables()) found.push_back(table->name);
    return found;
  }();
  return names;
}

const KernelTable& FindTable(std::string_view isa) {
  std::string known;
  for (const KernelTable* table : AvailableTables()) {
    if (isa.empty() || isa == table->name) return *table;
    known += StrCat(known.empty() ? "" : ", ", table->name);
  }
  Fail(ErrorCode::kUnsupported, "vector kernels ", Quoted(isa), ": this machine has ",
       known.empty() ? "none" : known);
}

}  // namespace kani::kernels
