#include "apps/server/multipart.h"

#include <gtest/gtest.h>

#include "base/testing.h"

namespace kani::server {
namespace {

TEST(MultipartTest, ReadsWhatABrowserSends) {
  const std::string body =
      "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nanna\r\n"
      "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\".webm\"\r\n"
      "Content-Type: audio/webm\r\n\r\n\r\n-bx\r\n\r\n--b--\r\n";
  const auto parts = ParseForm(body, "b");
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].name, "name");
  EXPECT_EQ(parts[0].bytes, "anna");
  EXPECT_FALSE(parts[0].file_name.has_value());
  EXPECT_EQ(parts[1].file_name, "a \"b\".webm");
  EXPECT_EQ(parts[1].content_type, "audio/webm");
}

TEST(MultipartTest, BytesMayLookLikeABoundaryThatIsNone) {
  const std::string bytes = "\r\n-b\r\n--\r\n\r\n--c--";
  const std::string body =
      "preamble\r\n--boundary\r\ncontent-disposition: form-data; name=f; filename=x\r\n\r\n" +
      bytes + "\r\n--boundary--";
  const auto parts = ParseForm(body, "boundary");
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].bytes, bytes);
  EXPECT_EQ(parts[0].name, "f");
}

TEST(MultipartTest, AnEmptyPartIsEmpty) {
  const auto parts =
      ParseForm("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n--b--", "b");
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].bytes, "");
}

TEST(MultipartTest, WhatIsCutShortOrNoFormIsRefused) {
  const std::string whole = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b--";
  for (size_t length = 0; length + 2 <= whole.size(); ++length) {
    if (length + 2 == whole.size()) break;
    EXPECT_TRUE(Failure([&] {
                  ParseForm(whole.substr(0, length), "b");
                }).starts_with("invalid_file: the form: "))
        << length;
  }
  EXPECT_NE(Failure([&] { ParseForm(whole, ""); }), "accepted");
  EXPECT_NE(Failure([&] { ParseForm(whole, std::string(71, 'b')); }), "accepted");
  EXPECT_NE(Failure([&] { ParseForm("--b\r\nX: y\r\n\r\nx\r\n--b--", "b"); }), "accepted");
  std::string many;
  for (int i = 0; i < 65; ++i) {
    many += "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n";
  }
  EXPECT_NE(Failure([&] { ParseForm(many + "--b--", "b"); }), "accepted");
}

TEST(MultipartTest, TheBoundaryIsThatOfTheHeader) {
  EXPECT_EQ(FormBoundary("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(FormBoundary("Multipart/Form-Data; charset=utf-8; boundary=\"a b\""), "a b");
  EXPECT_EQ(FormBoundary("multipart/form-data"), "");
  EXPECT_EQ(FormBoundary("application/json"), std::nullopt);
}

}  // namespace
}  // namespace kani::server
