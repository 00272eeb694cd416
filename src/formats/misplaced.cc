#include "formats/misplaced.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"

namespace kani::formats {
namespace {

std::string_view TextOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool StartsWithIgnoringCase(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() &&
         std::equal(lower.begin(), lower.end(), text.begin(), [](char expected, char found) {
           return expected == (found >= 'A' && found <= 'Z' ? found + ('a' - 'A') : found);
         });
}

bool IsWebPage(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  // The last two are how object stores word an error.
  return StartsWithIgnoringCase(text, "<!doctype") || StartsWithIgnoringCase(text, "<html") ||
         StartsWithIgnoringCase(text, "<head") || StartsWithIgnoringCase(text, "<?xml") ||
         StartsWithIgnoringCase(text, "<error");
}

bool IsText(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t';
  });
}

}  // namespace

void RejectMisplaced(std::span<const std::byte> bytes, std::string_view source) {
  const std::string_view text = TextOf(bytes);
  if (text.empty()) {
    Fail(ErrorCode::kInvalidFile, source, ": is empty; ", kFetchAgain);
  }
  if (text.starts_with("version https://git-lfs.github.com/spec/")) {
    Fail(
        ErrorCode::kInvalidFile, source,
        ": is a Git LFS pointer in the place of the file; run 'git lfs install && git lfs pull' in "
        "its folder");
  }
  if (IsWebPage(text)) {
    Fail(ErrorCode::kInvalidFile, source,
         ": is a web page in the place of the file: the download failed or needs a login, fetch it "
         "again");
  }
}

std::string WhatItIsInstead(std::span<const std::byte> bytes) {
  using namespace std::string_view_literals;
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kKnown = {{
      {"PK\x03\x04"sv, "a zip archive, as torch.save and numpy.savez write"},
      {"\x80\x02"sv, "a bare pickle, as PyTorch before 1.6 wrote"},
      {"GGUF"sv, "a GGUF file"},
      {"\x89HDF"sv, "an HDF5 file"},
      {"\x93NUMPY"sv, "a NumPy array"},
      {"\x1F\x8B"sv, "compressed with gzip"},
      {"\x28\xB5\x2F\xFD"sv, "compressed with Zstandard"},
      {"7z\xBC\xAF"sv, "a 7-Zip archive"},
  }};
  const std::string_view text = TextOf(bytes);
  for (const auto& [magic, name] : kKnown) {
    if (text.starts_with(magic)) return StrCat(", but is ", name);
  }
  constexpr size_t kShown = 60;
  const std::string_view head = text.substr(0, kShown);
  if (IsText(head)) {
    return StrCat(", but is text (", Quoted(head.substr(0, head.find_first_of("\r\n"))), ")");
  }
  if (text.size() >= 8 && text.substr(0, 8).find_first_not_of('\0') == std::string_view::npos) {
    return ", but begins with zeros: it was not written to its end";
  }
  return "";
}

}  // namespace kani::formats
