#include "hub/refusal.h"

#include <gtest/gtest.h>

#include "base/testing.h"
#include "hub/retry.h"

namespace kani::hub {
namespace {

HttpReply Reply(int status, std::map<std::string, std::string> headers = {}) {
  return {.status = status,
          .url = "https://hub.example/api/models/acme/tiny",
          .from_endpoint = true,
          .headers = std::move(headers)};
}

struct Refusal {
  std::optional<Problem> problem;
  std::string message;
  bool transient = false;
  std::optional<int> wait_s;
};

Refusal RefusalOf(const HttpReply& reply) {
  try {
    FailStatus(reply, {"acme/tiny", "main", "config.json"}, "https://hub.example");
  } catch (const TransientError& error) {
    return {error.problem(), error.what(), true, error.wait_s()};
  } catch (const HubError& error) {
    return {error.problem(), error.what()};
  }
}

TEST(RefusalTest, TheCodeDecidesNotTheStatus) {
  for (const int status : {401, 403}) {
    const Refusal gated = RefusalOf(Reply(status, {{"x-error-code", "GatedRepo"}}));
    EXPECT_EQ(gated.problem, Problem::kGated);
    EXPECT_NE(gated.message.find("https://hub.example/acme/tiny"), std::string::npos);
  }
  EXPECT_EQ(RefusalOf(Reply(404, {{"x-error-code", "RepoNotFound"}})).problem, Problem::kAbsent);
  EXPECT_EQ(RefusalOf(Reply(404, {{"x-error-code", "RevisionNotFound"}})).problem,
            Problem::kNoSuchRevision);
  const Refusal entry = RefusalOf(Reply(404, {{"x-error-code", "EntryNotFound"}}));
  EXPECT_EQ(entry.problem, Problem::kNoSuchFile);
  EXPECT_NE(entry.message.find("'config.json' in commit main"), std::string::npos);
}

TEST(RefusalTest, StatusesWithoutACode) {
  EXPECT_EQ(RefusalOf(Reply(401)).problem, Problem::kAbsentOrPrivate);
  EXPECT_EQ(RefusalOf(Reply(404)).problem, Problem::kAbsent);
  const Refusal disabled = RefusalOf(Reply(
      403, {{"x-error-message", "Access to this resource is disabled."}, {"x-request-id", "r1"}}));
  EXPECT_EQ(disabled.problem, Problem::kForbidden);
  EXPECT_NE(
      disabled.message.find("the hub says: Access to this resource is disabled. (request r1)"),
      std::string::npos);
  EXPECT_EQ(RefusalOf(Reply(418)).problem, Problem::kServer);
  EXPECT_FALSE(RefusalOf(Reply(418)).transient);
}

TEST(RefusalTest, WhatMayPassIsTriedAgain) {
  for (const int status : {408, 500, 502, 503, 504}) {
    EXPECT_TRUE(RefusalOf(Reply(status)).transient) << status;
  }
  HttpReply expired = Reply(403);
  expired.from_endpoint = false;  // the signature of a CDN
  EXPECT_TRUE(RefusalOf(expired).transient);
}

TEST(RefusalTest, ARateLimitSaysHowLongToWait) {
  const Refusal spent =
      RefusalOf(Reply(429, {{"ratelimit", R"("api";r=0;t=55)"},
                            {"ratelimit-policy", R"("fixed window";"api";q=500;w=300)"}}));
  EXPECT_EQ(spent.problem, Problem::kRateLimited);
  EXPECT_EQ(spent.wait_s, 56);
  EXPECT_NE(spent.message.find("limit of 500 requests in 300 s reached"), std::string::npos);
  EXPECT_EQ(RefusalOf(Reply(429, {{"retry-after", "7"}})).wait_s, 7);
  EXPECT_EQ(RefusalOf(Reply(429, {{"ratelimit", R"("api";r=3;t=55)"}})).wait_s, std::nullopt);
  EXPECT_EQ(RefusalOf(Reply(429, {{"retry-after", "soon"}})).wait_s, std::nullopt);
}

TEST(RefusalTest, RateLimitsThatAreNoNumbersAreNone) {
  const RateLimit limit =
      ParseRateLimit(R"("resolvers";r=2999;t=201)", R"("w";"resolvers";q=3000;w=300)");
  EXPECT_EQ(limit.left, 2999);
  EXPECT_EQ(limit.reset_s, 201);
  EXPECT_EQ(limit.quota, 3000);
  EXPECT_EQ(limit.window_s, 300);
  for (const char* text : {"", ";", ";r=", ";r=x", ";r=-1", ";r=99999999999999"}) {
    EXPECT_EQ(ParseRateLimit(text, text).left, std::nullopt) << text;
  }
}

TEST(RefusalTest, ForeignTextStaysOnOneLine) {
  const Refusal refusal = RefusalOf(Reply(403, {{"x-error-message", "\x1b[2Jevil\nkani: done"}}));
  EXPECT_EQ(refusal.message.find('\x1b'), std::string::npos);
  EXPECT_EQ(refusal.message.find('\n'), std::string::npos);
  EXPECT_EQ(HubWarning(Reply(200, {{"x-hf-warning", "topic; a\tb"}})), "topic; a b");
  EXPECT_EQ(HubWarning(Reply(200)), "");
}

TEST(RetryTest, GivesUpAfterTheLastTryWithTheErrorItself) {
  Settings settings;
  settings.max_retries = 3;
  settings.retry_unit_ms = 0;
  const Activity activity{[] { return false; }, [](const std::string&) {}, {}};
  int calls = 0;
  EXPECT_EQ(Failure([&] {
              WithRetries(settings, activity, [&]() -> int {
                ++calls;
                throw TransientError(Problem::kServer, "status 503");
              });
            }),
            "network: status 503");
  EXPECT_EQ(calls, 4);
}

TEST(RetryTest, TellsWhyItWaitsAndCanBeStopped) {
  Settings settings;
  settings.retry_unit_ms = 1000;
  std::vector<std::string> waits;
  const Activity activity{
      [&] { return waits.size() == 2; }, [&](const std::string& why) { waits.push_back(why); }, {}};
  Retry retry(settings, activity);
  EXPECT_EQ(Failure([&] { retry.AfterFailure(TransientError(Problem::kServer, "busy", 2)); }),
            "cancelled: interrupted");
  EXPECT_EQ(waits.front(), "busy; going on in 2 s");
}

TEST(RetryTest, DoesNotWaitForAnHour) {
  Settings settings;
  const Activity activity{[] { return false; }, [](const std::string&) {}, {}};
  Retry retry(settings, activity);
  EXPECT_EQ(Failure([&] { retry.AfterFailure(TransientError(Problem::kServer, "busy", 3600)); }),
            "network: busy");
}

}  // namespace
}  // namespace kani::hub
