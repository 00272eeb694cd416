#include "hub/url.h"

#include <gtest/gtest.h>

#include "base/testing.h"
#include "hub/problem.h"

namespace kani::hub {
namespace {

TEST(UrlTest, AnOriginIsSchemeHostAndPort) {
  const auto origin = [](const char* text) { return Url::Parse(text, "test").Origin(); };
  EXPECT_EQ(origin("https://Hub.Example/a?b#c"), "https://hub.example:443");
  EXPECT_EQ(origin("https://hub.example:443"), origin("https://hub.example/x"));
  EXPECT_NE(origin("https://hub.example"), origin("http://hub.example"));
  EXPECT_NE(origin("http://127.0.0.1:1"), origin("http://127.0.0.1:2"));
  EXPECT_NE(origin("https://hub.example"), origin("https://hub.example.evil"));
  EXPECT_NE(origin("https://hub.example"), origin("https://cdn.hub.example"));
}

TEST(UrlTest, OnlyHttpAndHttpsWithoutAUser) {
  for (const char* text :
       {"file:///etc/passwd", "ftp://a/b", "gopher://a", "javascript:1", "",
        "https://user:pass@hub.example/", "https://user@hub.example/", "https://"}) {
    EXPECT_EQ(Failure([&] { Url::Parse(text, "test"); }).substr(0, 13), "invalid_file:") << text;
  }
}

TEST(UrlTest, RedirectsAreFollowedFromWhereTheyStand) {
  const Url from = Url::Parse("https://hub.example/a/b?c", "test");
  EXPECT_EQ(from.Redirected("/api/x?y=1").Full(), "https://hub.example/api/x?y=1");
  EXPECT_EQ(from.Redirected("x").Full(), "https://hub.example/a/x");
  EXPECT_EQ(from.Redirected("//cdn.example/x").Full(), "https://cdn.example/x");
  EXPECT_EQ(from.Redirected("https://cdn.example/x").Origin(), "https://cdn.example:443");
  for (const char* bad :
       {"http://hub.example/", "file:///etc/passwd", "ftp://hub.example/", "https://u:p@x/"}) {
    EXPECT_EQ(Failure([&] { from.Redirected(bad); }).substr(0, 13), "invalid_file:") << bad;
  }
  const Url local = Url::Parse("http://127.0.0.1:8/a", "test");
  EXPECT_NO_THROW(local.Redirected("http://localhost:9/b"));
  EXPECT_THROW(local.Redirected("file:///etc/passwd"), HubError);
}

TEST(UrlTest, WhatIsShownHasNoSignature) {
  EXPECT_EQ(Url::Parse("https://cdn.example/a/b?Signature=secret#x", "test").Shown(),
            "https://cdn.example/a/b");
}

TEST(UrlTest, LoopbackIsThisMachineAlone) {
  for (const char* yes :
       {"http://127.0.0.1:1", "http://127.1.2.3", "http://localhost", "http://[::1]:8"}) {
    EXPECT_TRUE(Url::Parse(yes, "test").IsLoopback()) << yes;
  }
  for (const char* no : {"http://localhost.evil.example", "http://127.0.0.1.evil.example",
                         "http://128.0.0.1", "http://0.0.0.0", "http://[::2]", "http://mirror"}) {
    EXPECT_FALSE(Url::Parse(no, "test").IsLoopback()) << no;
  }
}

TEST(UrlTest, PercentEncodesAllButPlainCharacters) {
  EXPECT_EQ(PercentEncoded("refs/pr/1"), "refs%2Fpr%2F1");
  EXPECT_EQ(PercentEncoded("a b?#%\xC3\xA4.-_~"), "a%20b%3F%23%25%C3%A4.-_~");
}

}  // namespace
}  // namespace kani::hub
