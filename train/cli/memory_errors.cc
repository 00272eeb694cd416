#include "train/cli/memory_errors.h"

#include <c10/util/Exception.h>

#include <string_view>

#include "base/error.h"

namespace kani::train {

int WithMemoryErrors(const std::function<int()>& action) {
  try {
    return action();
  } catch (const c10::Error& error) {
    const std::string_view text = error.what_without_backtrace();
    // The host's allocator has no type of its own (c10/core/impl/alloc_cpu.cpp).
    const size_t found = text.find("can't allocate memory");
    if (dynamic_cast<const c10::OutOfMemoryError*>(&error) == nullptr &&
        found == std::string_view::npos) {
      throw;
    }
    const size_t begin = found == std::string_view::npos ? 0 : found;
    Fail(ErrorCode::kResourceExhausted,
         "out of memory: ", text.substr(begin, text.find('\n', begin) - begin));
  }
}

}  // namespace kani::train
