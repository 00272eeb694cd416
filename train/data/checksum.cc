#include "train/data/checksum.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace kani::train {

uint32_t Crc32(std::span<const std::byte> bytes) {
  const uLong crc =
      ::crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  return static_cast<uint32_t>(crc);
}

std::string Crc32Text(std::span<const std::byte> bytes) {
  std::array<char, 8> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), Crc32(bytes), 16).ptr;
  return std::string(static_cast<size_t>(digits.end() - end), '0').append(digits.begin(), end);
}

std::string Crc32Text(std::string_view text) { return Crc32Text(std::as_bytes(std::span(text))); }

}  // namespace kani::train
