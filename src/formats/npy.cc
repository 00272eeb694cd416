#include "formats/npy.h"

#include <charconv>
#include <cstdint>
#include <string_view>

#include "base/dtype.h"
#include "base/error.h"
#include "formats/misplaced.h"

namespace kani::formats {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kMaxHeaderBytes = 4096;
constexpr size_t kMaxDimensions = 8;
constexpr size_t kAlignment = 64;

/// Reads "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 128), }" from left to right.
class HeaderReader {
 public:
  HeaderReader(std::string_view text, const std::string& source) : text_(text), source_(source) {}

  bool Skip(std::string_view expected) {
    const size_t begin = text_.find_first_not_of(" \n", at_);
    if (begin == std::string_view::npos || text_.substr(begin, expected.size()) != expected) {
      return false;
    }
    at_ = begin + expected.size();
    return true;
  }
  void Require(std::string_view expected) {
    if (!Skip(expected)) Invalid(expected);
  }
  std::string_view String() {
    const char* quote = Skip("'") ? "'" : Skip("\"") ? "\"" : nullptr;
    const size_t end = quote == nullptr ? std::string_view::npos : text_.find(*quote, at_);
    if (end == std::string_view::npos) Invalid("a string");
    const std::string_view out = text_.substr(at_, end - at_);
    at_ = end + 1;
    return out;
  }
  bool Bool() {
    if (Skip("True")) return true;
    Require("False");
    return false;
  }
  Shape Tuple() {
    Require("(");
    Shape out;
    while (!Skip(")")) {
      out.push_back(Size());
      if (out.size() > kMaxDimensions) Invalid("at most 8 dimensions");
      if (Skip(",")) continue;
      Require(")");
      break;
    }
    return out;
  }
  [[noreturn]] void Invalid(std::string_view expected) const {
    Fail(ErrorCode::kInvalidFile, source_, ": .npy header ", Quoted(text_), ": expected ", expected,
         " at ", at_);
  }

 private:
  int64_t Size() {
    Skip("");  // blanks
    int64_t value = 0;
    const auto [end, error] =
        std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc() || value < 0) Invalid("a size");
    at_ = static_cast<size_t>(end - text_.data());
    return value;
  }

  std::string_view text_;
  const std::string& source_;
  size_t at_ = 0;
};

struct ElementType {
  std::string_view descr;
  DType dtype;  ///< after f8 was rounded
  size_t bytes;
};
constexpr ElementType kElementTypes[] = {{"<f2", DType::kF16, 2},
                                         {"<f4", DType::kF32, 4},
                                         {"<f8", DType::kF32, 8},
                                         {"<V2", DType::kBF16, 2},
                                         {"|V2", DType::kBF16, 2}};

const ElementType& FindElementType(std::string_view descr, const std::string& source) {
  for (const ElementType& type : kElementTypes) {
    if (type.descr == descr) return type;
  }
  Fail(ErrorCode::kUnsupported, source, ": elements of type ", Quoted(descr),
       ", expected '<f2', '<f4', '<f8', or '|V2' for bfloat16");
}

}  // namespace

NpyArray ParseNpy(std::span<const std::byte> bytes, const std::string& source) {
  const std::string_view file(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!file.starts_with(kMagic) || file.size() < 12) {
    Fail(ErrorCode::kInvalidFile, source, ": is not a .npy file", WhatItIsInstead(bytes));
  }
  const auto byte_at = [&](size_t at) {
    return static_cast<size_t>(static_cast<unsigned char>(file[at]));
  };
  const size_t major = byte_at(6);
  if (major < 1 || major > 3) {
    Fail(ErrorCode::kUnsupported, source, ": .npy version ", major, ", expected 1, 2 or 3");
  }
  const size_t header_begin = major == 1 ? 10 : 12;
  size_t header_size = byte_at(8) | byte_at(9) << 8;
  if (major > 1) header_size |= byte_at(10) << 16 | byte_at(11) << 24;
  if (header_size > kMaxHeaderBytes || header_size > file.size() - header_begin) {
    Fail(ErrorCode::kInvalidFile, source, ": .npy header of ", header_size, " bytes in a file of ",
         file.size());
  }

  HeaderReader header(file.substr(header_begin, header_size), source);
  std::string_view type;
  NpyArray out;
  bool fortran_order = false;
  unsigned seen = 0;
  header.Require("{");
  while (!header.Skip("}")) {
    const std::string_view key = header.String();
    header.Require(":");
    if (key == "descr") {
      type = header.String();
      seen |= 1;
    } else if (key == "fortran_order") {
      fortran_order = header.Bool();
      seen |= 2;
    } else if (key == "shape") {
      out.shape = header.Tuple();
      seen |= 4;
    } else {
      header.Invalid("descr, fortran_order or shape");
    }
    if (!header.Skip(",")) {
      header.Require("}");
      break;
    }
  }
  if (seen != 7) header.Invalid("descr, fortran_order and shape");

  const ElementType& element = FindElementType(type, source);
  const std::span<const std::byte> data = bytes.subspan(header_begin + header_size);
  uint64_t expected = element.bytes;
  for (const int64_t dimension : out.shape) {
    if (__builtin_mul_overflow(expected, static_cast<uint64_t>(dimension), &expected)) {
      header.Invalid("a possible shape");
    }
  }
  if (expected != data.size()) {
    Fail(ErrorCode::kInvalidFile, source, ": shape ", ShapeString(out.shape), " of ", type,
         " needs ", expected, " bytes, found ", data.size());
  }
  if (fortran_order && out.shape.size() > 1) {
    Fail(ErrorCode::kUnsupported, source, ": array in Fortran order, expected C order");
  }
  if (element.bytes == sizeof(double)) {
    const std::vector<std::byte> floats = DoublesToFloats(data);
    out.values = TensorView{element.dtype, out.shape, floats}.Floats();
  } else {
    out.values = TensorView{element.dtype, out.shape, data}.Floats();
  }
  return out;
}

std::string WriteNpy(std::span<const float> values) {
  std::string header =
      StrCat("{'descr': '<f4', 'fortran_order': False, 'shape': (", values.size(), ",), }");
  const size_t unpadded = kMagic.size() + 4 + header.size() + 1;
  header.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  header += '\n';
  std::string out(kMagic);
  out += {'\x01', '\x00', static_cast<char>(header.size() & 0xFF),
          static_cast<char>(header.size() >> 8)};
  out += header;
  out.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  return out;
}

}  // namespace kani::formats
