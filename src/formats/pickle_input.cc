#include "formats/pickle_input.h"

#include <algorithm>

#include "base/error.h"

namespace kani::formats {

void PickleInput::Damaged(std::string_view expected) const {
  Fail(ErrorCode::kInvalidFile, source_, ": damaged pickle at byte ", at_, ": expected ", expected);
}

std::span<const std::byte> PickleInput::Take(size_t count) {
  if (count > bytes_.size() - at_) Damaged(StrCat(count, " more bytes"));
  at_ += count;
  return bytes_.subspan(at_ - count, count);
}

std::string_view PickleInput::Text(size_t count) {
  const std::span<const std::byte> text = Take(count);
  return {reinterpret_cast<const char*>(text.data()), text.size()};
}

std::string_view PickleInput::Line() {
  const std::span<const std::byte> rest = bytes_.subspan(at_);
  const auto end = std::find(rest.begin(), rest.end(), std::byte{'\n'});
  if (end == rest.end()) Damaged("a line");
  const std::string_view line = Text(static_cast<size_t>(end - rest.begin()));
  ++at_;
  return line;
}

int64_t PickleInput::Long(size_t count) {
  if (count > sizeof(int64_t)) Damaged("an integer of 64 bits");
  uint64_t value = 0;
  const std::span<const std::byte> digits = Take(count);
  for (size_t i = 0; i < count; ++i) value |= static_cast<uint64_t>(digits[i]) << (8 * i);
  if (count > 0 && count < 8 && (static_cast<uint8_t>(digits[count - 1]) & 0x80) != 0) {
    value |= ~uint64_t{0} << (8 * count);
  }
  return static_cast<int64_t>(value);
}

}  // namespace kani::formats
