#include "apps/server/guard.h"

#include <gtest/gtest.h>

#include "base/testing.h"

namespace kani::server {
namespace {

Request Ask(std::string method, std::string path,
            std::vector<std::pair<std::string, std::string>> headers) {
  Request request{.method = std::move(method), .target = path, .path = path};
  bool has_host = false;
  for (auto& [name, value] : headers) {
    has_host |= name == "Host";
    request.headers.Add(name, value);
  }
  if (!has_host) request.headers.Add("Host", "127.0.0.1:8000");
  return request;
}

int StatusOf(const Guard& guard, const Request& request) {
  const auto refusal = guard.Check(request);
  return refusal ? refusal->status : 0;
}

TEST(GuardTest, ANameThatSomebodyElseCouldOwnIsRefused) {
  const Guard guard({.host_names = {"Speech.example"}});
  for (const char* host : {"localhost", "localhost:8000", "127.0.0.1", "[::1]:8000", "10.1.2.3:80",
                           "speech.example", "speech.example:443", "x.localhost"}) {
    EXPECT_EQ(StatusOf(guard, Ask("GET", "/v1/models", {{"Host", host}})), 0) << host;
  }
  for (const char* host : {"", "evil.example", "evil.example:8000", "127.0.0.1.evil.example",
                           "localhost.evil.example", "[::1", "1.2.3"}) {
    const int expected = std::string(host) == "[::1" ? 0 : 421;
    EXPECT_EQ(StatusOf(guard, Ask("GET", "/v1/models", {{"Host", host}})), expected) << host;
  }
}

TEST(GuardTest, PagesOfOtherSitesMayNotAsk) {
  const Guard guard({});
  const auto status = [&](const char* method, const char* path, auto headers) {
    return StatusOf(guard, Ask(method, path, std::move(headers)));
  };
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(status("POST", "/v1/audio/speech", Pairs{{"Origin", "http://evil.example"}}), 403);
  EXPECT_EQ(status("POST", "/v1/audio/speech", Pairs{{"Origin", "null"}}), 403);
  EXPECT_EQ(status("GET", "/v1/models", Pairs{{"Sec-Fetch-Site", "cross-site"}}), 403);
  EXPECT_EQ(status("GET", "/v1/models", Pairs{{"Sec-Fetch-Site", "same-site"}}), 403);
  EXPECT_EQ(status("POST", "/v1/audio/speech", Pairs{{"Origin", "http://127.0.0.1:8001"}}), 403);
  EXPECT_EQ(status("POST", "/v1/audio/speech",
                   Pairs{{"Origin", "http://127.0.0.1:8000"}, {"Sec-Fetch-Site", "same-origin"}}),
            0);
  EXPECT_EQ(
      status("GET", "/", Pairs{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "navigate"}}),
      0);
  EXPECT_EQ(status("POST", "/v1/audio/speech", Pairs{}), 0) << "a program, not a page";
}

TEST(GuardTest, AnOriginMayBeAllowed) {
  const Guard guard({.cors_origins = {"https://app.example"}});
  const Request request = Ask("POST", "/v1/audio/speech", {{"Origin", "https://app.example"}});
  EXPECT_EQ(StatusOf(guard, request), 0);
  Response response;
  guard.Finish(request, response);
  EXPECT_EQ(response.headers.Find("Access-Control-Allow-Origin"), "https://app.example");
  const auto preflight =
      guard.Check(Ask("OPTIONS", "/v1/audio/speech", {{"Origin", "https://app.example"}}));
  ASSERT_TRUE(preflight.has_value());
  EXPECT_EQ(preflight->status, 204);
  EXPECT_EQ(StatusOf(guard, Ask("OPTIONS", "/v1/audio/speech", {{"Origin", "https://b.example"}})),
            403);
}

TEST(GuardTest, WithoutAllowedOriginsNoAnswerSpeaksOfThem) {
  const Guard guard({});
  Response response;
  guard.Finish(Ask("GET", "/v1/models", {{"Origin", "http://127.0.0.1:8000"}}), response);
  for (const auto& [name, value] : response.headers.all()) {
    EXPECT_FALSE(name.starts_with("Access-Control")) << name;
  }
}

TEST(GuardTest, AKeyIsNeededWhereThereAreSome) {
  const Guard guard({.api_keys = {"first-key-1", "second-key"}});
  const auto with = [&](const char* value) {
    return StatusOf(guard, Ask("GET", "/v1/models", {{"Authorization", value}}));
  };
  EXPECT_EQ(with("Bearer first-key-1"), 0);
  EXPECT_EQ(with("bearer second-key"), 0);
  for (const char* bad : {"Bearer first-key-", "Bearer first-key-11", "Bearer ", "", "Basic x"}) {
    EXPECT_EQ(with(bad), 401) << bad;
  }
  EXPECT_EQ(StatusOf(guard, Ask("GET", "/healthz", {})), 0);
  EXPECT_EQ(StatusOf(guard, Ask("GET", "/", {})), 0);
  EXPECT_EQ(StatusOf(guard, Ask("GET", "/metrics", {})), 401);
}

TEST(GuardTest, KeysAreReadFromLines) {
  EXPECT_EQ(ParseApiKeys("# ours\nfirst-key-1\r\n\n  second-key\n", "keys"),
            (std::vector<std::string>{"first-key-1", "second-key"}));
  EXPECT_EQ(ParseApiKeys("", "keys").size(), 0u);
  for (const char* bad : {"short", "with a blank", "caf\xc3\xa9 au lait"}) {
    EXPECT_TRUE(Failure([&] { ParseApiKeys(bad, "keys"); }).starts_with("invalid_file: keys: "))
        << bad;
  }
}

}  // namespace
}  // namespace kani::server
