#include "kernels/cpu/memory.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

#include "base/error.h"

namespace kani::kernels {
namespace {

constexpr size_t kLine = 64;
constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kLimit = size_t{1} << 46;

}  // namespace

void FreeMemory::operator()(uint8_t* memory) const { std::free(memory); }

Memory AllocateZeroed(size_t bytes) {
  void* memory = nullptr;
  if (bytes < kLimit) {
    const size_t alignment = bytes >= kHugePage ? kHugePage : kLine;
    const size_t size = (bytes + kSlackBytes + kLine - 1) / kLine * kLine;
    if (posix_memalign(&memory, alignment, size) != 0) memory = nullptr;
    if (memory != nullptr && bytes >= kHugePage) {
      // Whole huge pages come fresh from the system as zeros once the old ones are dropped.
      const size_t whole = size / kHugePage * kHugePage;
      madvise(memory, whole, MADV_HUGEPAGE);
      if (madvise(memory, whole, MADV_DONTNEED) != 0) std::memset(memory, 0, whole);
      std::memset(static_cast<uint8_t*>(memory) + whole, 0, size - whole);
    } else if (memory != nullptr) {
      std::memset(memory, 0, size);
    }
  }
  if (memory == nullptr) {
    Fail(ErrorCode::kResourceExhausted, "cannot allocate ", bytes, " bytes for weights or ",
         "activations");
  }
  return Memory(static_cast<uint8_t*>(memory));
}

}  // namespace kani::kernels
