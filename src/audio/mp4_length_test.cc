#include "audio/mp4_length.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kani::audio {
namespace {

std::string U32(uint64_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
  return out;
}

std::string Box(const std::string& type, const std::string& content) {
  return U32(content.size() + 8) + type + content;
}

struct Tables {
  uint32_t timescale = 22050;
  std::vector<std::pair<uint32_t, uint32_t>> samples{{81, 1024}, {1, 698}};
  std::string edits = U32(0) + U32(1) + U32(3793) + U32(1024) + U32(0x10000);
  std::string handler = "soun";
};

/// A film of one track whose own time is in milliseconds.
std::string Film(const Tables& tables) {
  std::string table = U32(0) + U32(tables.samples.size());
  for (const auto& [count, each] : tables.samples) table += U32(count) + U32(each);
  const std::string dates(12, '\0');
  const std::string media =
      Box("mdhd", dates + U32(tables.timescale) + U32(0) + U32(0)) +
      Box("hdlr", std::string(8, '\0') + tables.handler + std::string(13, '\0')) +
      Box("minf", Box("stbl", Box("stts", table)));
  std::string track = Box("mdia", media);
  if (!tables.edits.empty()) track = Box("edts", Box("elst", tables.edits)) + track;
  return Box("ftyp", "M4A ") +
         Box("moov", Box("mvhd", dates + U32(1000) + U32(3793)) + Box("trak", track));
}

int64_t Units(const std::string& file) {
  const auto length = ReadMp4Length(std::as_bytes(std::span(file)));
  return length ? length->units : -1;
}

// FFmpeg 5.1 writes 83642 samples at 22050 Hz so: 3793.29 ms, which its edit list rounds to 3793.
TEST(Mp4LengthTest, TheTableOfSamplesIsMoreExactThanAnEditListInMilliseconds) {
  EXPECT_EQ(Units(Film({.samples = {{82, 1024}, {1, 698}}})), 82 * 1024 + 698 - 1024);
  EXPECT_EQ(Units(Film({.samples = {{82, 1024}, {1, 698}}, .edits = ""})), 82 * 1024 + 698);
}

TEST(Mp4LengthTest, AnEditThatEndsBeforeDecides) {
  const std::string second = U32(0) + U32(1) + U32(1000) + U32(1024) + U32(0x10000);
  EXPECT_EQ(Units(Film({.edits = second})), 22050);
  const std::string to_the_end = U32(0) + U32(1) + U32(0) + U32(1024) + U32(0x10000);
  EXPECT_EQ(Units(Film({.edits = to_the_end})), 81 * 1024 + 698 - 1024);
}

TEST(Mp4LengthTest, WhatDoesNotSayIsNoLength) {
  const std::string two = U32(0) + U32(2) + U32(1) + U32(0) + U32(0x10000) + std::string(12, '\0');
  EXPECT_EQ(Units(Film({.edits = two})), -1);
  EXPECT_EQ(Units(Film({.timescale = 0})), -1);
  EXPECT_EQ(Units(Film({.samples = {}})), -1);  // the samples are in fragments
  EXPECT_EQ(Units(Film({.samples = {{0xFFFFFFFF, 0xFFFFFFFF}}})), -1);
  EXPECT_EQ(Units(Film({.handler = "vide"})), -1);
  EXPECT_EQ(Units(Film({}) + Box("moof", "x")), -1);
  EXPECT_EQ(Units(""), -1);
  const std::string whole = Film({});
  for (size_t size = 0; size + 1 < whole.size(); ++size) {
    EXPECT_EQ(Units(whole.substr(0, size)), -1) << size;
  }
}

}  // namespace
}  // namespace kani::audio
