#include "apps/server/router.h"

#include <gtest/gtest.h>

#include <new>
#include <nlohmann/json.hpp>

#include "apps/server/api_error.h"

namespace kani::server {
namespace {

Router Example() {
  Router router;
  router.Add("GET", "/", [](const Request&, const PathParts&) { return Response{.body = "root"}; });
  router.Add("GET", "/a/{id}", [](const Request&, const PathParts& parts) {
    return Response{.body = "a:" + parts[0]};
  });
  router.Add("DELETE", "/a/{id}", [](const Request&, const PathParts&) { return Response{}; });
  router.Add("GET", "/files/{rest...}",
             [](const Request&, const PathParts& parts) { return Response{.body = parts[0]}; });
  router.Add("POST", "/fail/{how}", [](const Request&, const PathParts& parts) -> Response {
    if (parts[0] == "api") throw ApiError(404, "voice_not_found", "no voice", "voice");
    if (parts[0] == "argument") Fail(ErrorCode::kInvalidArgument, "out of range");
    if (parts[0] == "internal") Fail(ErrorCode::kInternal, "secret");
    if (parts[0] == "memory") throw std::bad_alloc();
    throw 1;
  });
  return router;
}

Response Ask(const std::string& method, const std::string& path) {
  static const Router router = Example();
  return router.Handle({.method = method, .path = path});
}

std::string ErrorCodeOf(const Response& response) {
  return nlohmann::json::parse(response.body)["error"]["code"];
}

TEST(RouterTest, FindsTheHandlerOfAPath) {
  EXPECT_EQ(Ask("GET", "/").body, "root");
  EXPECT_EQ(Ask("HEAD", "/").body, "root");
  EXPECT_EQ(Ask("GET", "/a/x").body, "a:x");
  EXPECT_EQ(Ask("GET", "/files/x/y.js").body, "x/y.js");
  EXPECT_EQ(Ask("GET", "/a").status, 404);
  EXPECT_EQ(Ask("GET", "/a/x/").status, 404);
  EXPECT_EQ(Ask("GET", "").status, 400);
  EXPECT_EQ(Ask("GET", "a").status, 400);
}

TEST(RouterTest, AnotherMethodIsToldWhichAreAllowed) {
  const Response response = Ask("PUT", "/a/x");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers.Find("Allow"), "GET, DELETE");
}

TEST(RouterTest, WhateverAHandlerThrowsBecomesAnAnswer) {
  const Response response = Ask("POST", "/fail/api");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(nlohmann::json::parse(response.body),
            nlohmann::json::parse(R"({"error": {"message": "no voice", "param": "voice",
                "type": "invalid_request_error", "code": "voice_not_found"}})"));
  EXPECT_EQ(Ask("POST", "/fail/argument").status, 400);
  EXPECT_EQ(Ask("POST", "/fail/memory").status, 503);
  EXPECT_EQ(Ask("POST", "/fail/memory").headers.Find("Retry-After"), "2");
  for (const char* how : {"/fail/internal", "/fail/other"}) {
    const Response bug = Ask("POST", how);
    EXPECT_EQ(bug.status, 500);
    EXPECT_EQ(ErrorCodeOf(bug), "internal");
    EXPECT_EQ(bug.body.find("secret"), std::string::npos);
  }
}

TEST(RouterTest, ARouteIsNamedByItsPattern) {
  EXPECT_EQ(Example().RouteOf("/a/somebody"), "/a/{id}");
  EXPECT_EQ(Example().RouteOf("/b"), "other");
  EXPECT_EQ(Example().Routes().front(), "GET /");
}

}  // namespace
}  // namespace kani::server
