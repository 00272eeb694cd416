// CRC-32 of bytes (zlib's), as it stands in shards and manifests: it finds damage, not malice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace kani::train {

uint32_t Crc32(std::span<const std::byte> bytes);
/// Eight lower-case hexadecimal digits.
std::string Crc32Text(std::span<const std::byte> bytes);
std::string Crc32Text(std::string_view text);

}  // namespace kani::train
