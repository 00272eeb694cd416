#include "hub/client.h"

#include <algorithm>

#include "formats/json.h"

namespace kani::hub {
namespace {

constexpr size_t kMaxNamedRevisions = 10;

std::string EncodedPath(std::string_view path) {
  std::string out;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    if (begin > 0) out += '/';
    out += PercentEncoded(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

const Settings& Online(const Settings& settings) {
  if (settings.offline) {
    FailHub(Problem::kOffline, "requests to ", settings.endpoint, " are forbidden (offline)");
  }
  return settings;
}

}  // namespace

Client::Client(const Settings& settings, const Activity& activity)
    : settings_(settings), activity_(activity), http_(Online(settings), activity.cancelled) {
  if (!settings.token.empty() && !http_.MaySendToken()) {
    Warn(activity.warn, StrCat("the token is not sent to ", http_.endpoint().Shown(),
                               ", which is neither https nor this machine"));
  }
}

/// A hub may answer 401 to a token that it does not know even for what is public.
template <typename Ask>
HttpReply Client::AskWithoutBadToken(Ask ask) {
  HttpReply reply = ask();
  if (reply.status != 401 || !reply.sent_token || !reply.Header("x-error-code").empty()) {
    return reply;
  }
  http_.ForgetToken();
  HttpReply second = ask();
  if (second.status != 200 && second.status != 206) {
    second.sent_token = true;  // neither way: the message speaks of the token
    return second;
  }
  token_refused_ = true;
  Warn(activity_.warn,
       StrCat("the token is not known at ", http_.endpoint().Shown(), ": going on without it"));
  return second;
}

HttpReply Client::GetApi(const std::string& url, const Subject& subject) {
  return WithRetries(settings_, activity_, [&] {
    HttpReply reply = AskWithoutBadToken([&] { return http_.Get(url, kMaxApiBytes); });
    if (const std::string warning = HubWarning(reply); !warning.empty()) {
      Warn(activity_.warn, "the hub says: " + warning);
    }
    if (reply.status != 200) FailStatus(reply, subject, settings_.endpoint);
    return reply;
  });
}

RepoInfo Client::Info(const RepoName& repo) {
  const std::string url = StrCat(settings_.endpoint, "/api/models/", repo.id.text(), "/revision/",
                                 PercentEncoded(repo.revision));
  try {
    const HttpReply reply = GetApi(url, {repo.id.text(), repo.revision, {}});
    return ParseRepoInfo(reply.body, reply.url);
  } catch (const HubError& error) {
    if (error.problem() != Problem::kNoSuchRevision) throw;
    FailHub(Problem::kNoSuchRevision, error.what(), KnownRevisions(repo.id));
  }
}

std::string Client::KnownRevisions(const RepoId& id) {
  try {
    const std::string url = StrCat(settings_.endpoint, "/api/models/", id.text(), "/refs");
    const HttpReply reply = GetApi(url, {id.text(), {}, {}});
    const nlohmann::json refs = formats::ParseJson(reply.body, reply.url);
    std::string names;
    size_t count = 0;
    for (const char* kind : {"branches", "tags"}) {
      const auto list = refs.find(kind);
      if (list == refs.end() || !list->is_array()) continue;
      for (const nlohmann::json& ref : *list) {
        if (++count > kMaxNamedRevisions) return names + ", ...";
        const std::string name = formats::JsonReader(ref, "refs").String("name");
        names += (names.empty() ? "; it has " : ", ") + Quoted(name);
      }
    }
    return names;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kCancelled) throw;
    return {};  // only an addition to a message
  }
}

std::vector<RemoteFile> Client::Files(const RepoId& id, const std::string& commit) {
  std::string url = StrCat(settings_.endpoint, "/api/models/", id.text(), "/tree/", commit,
                           "?recursive=true&expand=false");
  std::vector<RemoteFile> files;
  std::string source;
  for (size_t page = 0; !url.empty(); ++page) {
    if (page == kMaxTreePages) {
      FailHub(Problem::kHostile, source, ": over ", kMaxTreePages, " pages");
    }
    const HttpReply reply = GetApi(url, {id.text(), commit, {}});
    source = reply.url;
    AppendTreePage(reply.body, source, &files);
    url = NextLink(reply.Header("link"));
    if (!url.empty()) {
      const Url next = http_.endpoint().Redirected(url);
      if (next.Origin() != http_.endpoint().Origin()) {
        FailHub(Problem::kHostile, source, ": continues at ", Quoted(next.Shown()),
                ", expected the same server");
      }
      url = next.Full();
    }
  }
  std::vector<std::string> paths;
  for (const RemoteFile& file : files) paths.push_back(file.path);
  CheckPathsTogether(paths, source);
  std::ranges::sort(files, {}, &RemoteFile::path);
  return files;
}

bool Client::Download(const RepoId& id, const std::string& commit, const RemoteFile& file,
                      uint64_t first, BodySink* sink) {
  const std::string url =
      StrCat(settings_.endpoint, "/", id.text(), "/resolve/", commit, "/", EncodedPath(file.path));
  const HttpReply reply = AskWithoutBadToken([&] { return http_.Download(url, first, sink); });
  if (reply.status == 416 && first > 0) return false;
  if (reply.status != 200 && reply.status != 206) {
    FailStatus(reply, {id.text(), commit, file.path}, settings_.endpoint);
  }
  return true;
}

}  // namespace kani::hub
