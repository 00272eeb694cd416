#include <cstdint>

#include "apps/jail/answer.h"
#include "tests/hostile/hostile_bytes.h"

// In two pieces, the first as long as the first byte says.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t first = std::min<size_t>(data[0], size - 1);
  kani::ParseHostile(std::as_bytes(std::span(data + 1, size - 1)),
                     [&](std::span<const std::byte> bytes) {
                       kani::jail::AnswerReader reader("fuzz", 1 << 20);
                       reader.Add(bytes.first(first));
                       reader.Add(bytes.subspan(first));
                       if (reader.complete()) reader.Take();
                     });
  return 0;
}
