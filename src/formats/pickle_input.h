// The bytes of a pickle, read as the operands of its opcodes: numbers, counted text, lines. Knows
// no opcode.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace kani::formats {

/// Every read throws kInvalidFile, with its place, if the pickle ends before.
class PickleInput {
 public:
  /// @param bytes, source must outlive this and the text that is read.
  PickleInput(std::span<const std::byte> bytes, const std::string& source)
      : bytes_(bytes), source_(source) {}

  uint8_t Byte() { return static_cast<uint8_t>(Take(1)[0]); }
  template <typename T>
  T Little() {
    T value;
    std::memcpy(&value, Take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::string_view Text(size_t count);
  /// Up to the next line break, which is passed.
  std::string_view Line();
  /// A little-endian integer of `count` bytes, the sign in the last one; at most 8 bytes.
  int64_t Long(size_t count);

  /// Throws kInvalidFile: the pickle does not go on with what was expected here.
  [[noreturn]] void Damaged(std::string_view expected) const;
  const std::string& source() const { return source_; }

 private:
  std::span<const std::byte> Take(size_t count);

  std::span<const std::byte> bytes_;
  const std::string& source_;
  size_t at_ = 0;
};

}  // namespace kani::formats
