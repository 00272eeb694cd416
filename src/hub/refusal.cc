#include "hub/refusal.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace kani::hub {
namespace {

constexpr size_t kMaxShown = 300;

/// The number after `name` and "=", as in ";r=12".
std::optional<int> Parameter(std::string_view text, char name) {
  for (size_t i = 0; i + 2 < text.size(); ++i) {
    const bool starts = text[i] == ';' || text[i] == ' ';
    if (!starts || text[i + 1] != name || text[i + 2] != '=') continue;
    int value = 0;
    const char* begin = text.data() + i + 3;
    const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value);
    if (error == std::errc() && value >= 0) return value;
  }
  return std::nullopt;
}

std::string OneLine(std::string_view text) {
  std::string line(text.substr(0, kMaxShown));
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return line;
}

/// The hub's own words and the number by which its operators find the request.
std::string HubWords(const HttpReply& reply) {
  std::string words;
  const std::string message = OneLine(reply.Header("x-error-message"));
  const std::string request = OneLine(reply.Header("x-request-id"));
  if (!message.empty()) words += StrCat("; the hub says: ", message);
  if (!request.empty()) words += StrCat(" (request ", request, ")");
  return words;
}

[[noreturn]] void FailRateLimit(const HttpReply& reply) {
  const RateLimit limit =
      ParseRateLimit(reply.Header("ratelimit"), reply.Header("ratelimit-policy"));
  std::string message = StrCat(reply.url, ": limit of ");
  if (limit.quota) message += StrCat(*limit.quota, " ");
  message += "requests";
  if (limit.window_s) message += StrCat(" in ", *limit.window_s, " s");
  message += " reached" + HubWords(reply);
  std::optional<int> wait_s;
  if (limit.left == 0 && limit.reset_s) {
    wait_s = *limit.reset_s + 1;
  } else {
    wait_s = Parameter(";r=" + reply.Header("retry-after"), 'r');
  }
  throw TransientError(Problem::kRateLimited, std::move(message), wait_s);
}

std::string Named(const Subject& subject) { return StrCat("repository ", Quoted(subject.id)); }

[[noreturn]] void FailByCode(const HttpReply& reply, const Subject& subject,
                             const std::string& endpoint) {
  const std::string code = reply.Header("x-error-code");
  const std::string words = HubWords(reply);
  if (code == "GatedRepo") {
    FailHub(Problem::kGated, Named(subject), " is gated: its terms are to be accepted at ",
            endpoint, "/", subject.id, reply.sent_token ? " by the owner of the token" : "", words);
  }
  if (code == "RevisionNotFound") {
    FailHub(Problem::kNoSuchRevision, Named(subject), " has no branch, tag or commit ",
            Quoted(subject.revision), words);
  }
  if (code == "EntryNotFound") {
    FailHub(Problem::kNoSuchFile, Named(subject), " has no file ", Quoted(subject.path),
            " in commit ", subject.revision, words);
  }
  if (reply.status == 401) {
    FailHub(Problem::kAbsentOrPrivate, Named(subject), " does not exist at ", endpoint,
            ", or is private", reply.sent_token ? " and the token is not known there" : "", words);
  }
  if (reply.status == 404) {
    FailHub(Problem::kAbsent, "no ", Named(subject), " at ", endpoint,
            reply.sent_token ? " that this token can see" : "", words);
  }
  if (reply.status == 403) {
    FailHub(Problem::kForbidden, Named(subject), ": access refused", words);
  }
  FailHub(Problem::kServer, reply.url, ": status ", reply.status, words);
}

}  // namespace

RateLimit ParseRateLimit(std::string_view limit, std::string_view policy) {
  return {Parameter(limit, 'r'), Parameter(limit, 't'), Parameter(policy, 'q'),
          Parameter(policy, 'w')};
}

void FailStatus(const HttpReply& reply, const Subject& subject, const std::string& endpoint) {
  if (reply.status == 429) FailRateLimit(reply);
  const bool may_pass = reply.status == 408 || reply.status == 500 || reply.status == 502 ||
                        reply.status == 503 || reply.status == 504;
  if (may_pass || (!reply.from_endpoint && reply.status >= 400)) {
    throw TransientError(Problem::kServer,
                         StrCat(reply.url, ": status ", reply.status, HubWords(reply)));
  }
  FailByCode(reply, subject, endpoint);
}

std::string HubWarning(const HttpReply& reply) {
  const std::string header = reply.Header("x-hf-warning");
  return OneLine(header);
}

}  // namespace kani::hub
