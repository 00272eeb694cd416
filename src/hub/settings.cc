#include "hub/settings.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/read_file.h"

namespace kani::hub {
namespace {

constexpr size_t kMaxTokenBytes = 64u << 10;

/// The environment, with empty variables as unset ones.
class Variables {
 public:
  Variables(const EnvironmentLookup& lookup, const WarningSink& warn)
      : lookup_(lookup), warn_(warn) {}

  std::optional<std::string> Find(const std::string& name) const {
    std::optional<std::string> value = lookup_(name);
    if (value && value->empty()) return std::nullopt;
    return value;
  }
  /// Python takes an empty one for a path or an address.
  std::optional<std::string> FindPlace(const std::string& name) const {
    const std::optional<std::string> value = lookup_(name);
    if (value && value->empty()) {
      Warn(warn_, StrCat(name, " is set but empty: taken as not set"));
      return std::nullopt;
    }
    return value;
  }
  std::optional<std::filesystem::path> FindPath(const std::string& name) const {
    const std::optional<std::string> value = FindPlace(name);
    if (!value) return std::nullopt;
    return Expand(*value);
  }
  /// What Python counts as true.
  bool IsTrue(const std::string& name) const {
    std::string value = Find(name).value_or("");
    for (char& c : value) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return value == "1" || value == "on" || value == "yes" || value == "true";
  }
  std::string FindEitherCase(std::string name) const {
    std::string lower = name;
    for (char& c : lower) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    const std::optional<std::string> value = Find(lower);
    return value ? *value : Find(name).value_or("");
  }
  int Seconds(const std::string& name, int otherwise) const {
    const std::string text = Find(name).value_or("");
    if (text.empty()) return otherwise;
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > 86400) {
      Warn(warn_, StrCat(name, " is ", Quoted(text), ", expected seconds: taken as ", otherwise));
      return otherwise;
    }
    return value;
  }

 private:
  /// `~` at the beginning, then $NAME and ${NAME}; what is not set stays as it stands.
  std::filesystem::path Expand(std::string text) const {
    if (text == "~" || text.starts_with("~/")) {
      if (const auto home = Find("HOME")) text = *home + text.substr(1);
    }
    std::string out;
    for (size_t i = 0; i < text.size();) {
      const bool braces = text[i] == '$' && i + 1 < text.size() && text[i + 1] == '{';
      const size_t begin = i + (braces ? 2 : 1);
      size_t end = begin;
      const auto in_name = [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
      };
      while (end < text.size() && in_name(text[end])) ++end;
      const bool closed = !braces || (end < text.size() && text[end] == '}');
      const std::optional<std::string> value = text[i] == '$' && end > begin && closed
                                                   ? lookup_(text.substr(begin, end - begin))
                                                   : std::nullopt;
      if (value) {
        out += *value;
        i = end + (braces ? 1 : 0);
      } else {
        out += text[i++];
      }
    }
    return out;
  }

  const EnvironmentLookup& lookup_;
  const WarningSink& warn_;
};

std::string Trimmed(std::string text) {
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// A header holds it: nothing but visible ASCII.
std::string CheckedToken(std::string token, const std::string& source) {
  const bool visible = std::ranges::all_of(token, [](char c) { return c > 0x20 && c < 0x7F; });
  if (!visible) {
    Fail(ErrorCode::kInvalidArgument, source, ": the token holds blanks or characters that are ",
         "not ASCII");
  }
  return token;
}

std::string StoredToken(const std::filesystem::path& path, const WarningSink& warn) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  if ((status.st_mode & 077) != 0) {
    Warn(warn, StrCat(Quoted(path.string()), ": this token can be read by others; expected mode ",
                      "0600"));
  }
  try {
    return CheckedToken(Trimmed(ReadTextFile(path, kMaxTokenBytes)), path.string());
  } catch (const Error& error) {
    Warn(warn, StrCat("going on without a token: ", error.what()));
    return {};
  }
}

std::string Endpoint(const Variables& variables, std::string otherwise) {
  std::string endpoint = variables.FindPlace("HF_ENDPOINT").value_or(std::move(otherwise));
  while (endpoint.ends_with('/')) endpoint.pop_back();
  const size_t scheme = endpoint.find("://");
  const bool http = endpoint.starts_with("https://") || endpoint.starts_with("http://");
  if (!http || endpoint.size() == scheme + 3) {
    Fail(ErrorCode::kInvalidArgument, "HF_ENDPOINT is ", Quoted(endpoint),
         ", expected an address that begins with https:// or http://");
  }
  return endpoint;
}

void FindToken(const Variables& variables, const std::optional<std::filesystem::path>& home,
               const WarningSink& warn, Settings* settings) {
  if (home) settings->token_file = *home / "token";
  if (const auto file = variables.FindPath("HF_TOKEN_PATH")) settings->token_file = *file;
  if (variables.IsTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN")) return;
  for (const char* name : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
    settings->token = Trimmed(variables.Find(name).value_or(""));
    if (!settings->token.empty()) {
      CheckedToken(settings->token, name);
      return;
    }
  }
  settings->token = StoredToken(settings->token_file, warn);
}

/// Where tokens and, unless told otherwise, models lie; nothing if no variable says so.
std::optional<std::filesystem::path> HubHome(const Variables& variables) {
  if (const auto home = variables.FindPath("HF_HOME")) return home;
  if (const auto caches = variables.FindPath("XDG_CACHE_HOME")) return *caches / "huggingface";
  if (const auto home = variables.Find("HOME")) {
    return std::filesystem::path(*home) / ".cache" / "huggingface";
  }
  return std::nullopt;
}

}  // namespace

Settings SettingsFromEnvironment(const EnvironmentLookup& lookup, const WarningSink& warn) {
  const Variables variables(lookup, warn);
  Settings settings;
  settings.endpoint = Endpoint(variables, settings.endpoint);

  std::optional<std::filesystem::path> cache = variables.FindPath("HF_HUB_CACHE");
  if (!cache) cache = variables.FindPath("HUGGINGFACE_HUB_CACHE");
  const std::optional<std::filesystem::path> home = HubHome(variables);
  if (!cache && !home) {
    Fail(ErrorCode::kNotFound, "no folder for models: neither HF_HUB_CACHE nor HOME is set");
  }
  settings.cache = cache ? *cache : *home / "hub";
  FindToken(variables, home, warn, &settings);

  const bool hub_says = variables.Find("HF_HUB_OFFLINE").has_value();
  settings.offline = variables.IsTrue("KANI_OFFLINE") ||
                     variables.IsTrue(hub_says ? "HF_HUB_OFFLINE" : "TRANSFORMERS_OFFLINE");
  settings.symlinks = !variables.IsTrue("HF_HUB_DISABLE_SYMLINKS");
  settings.connect_timeout_s = variables.Seconds("HF_HUB_ETAG_TIMEOUT", settings.connect_timeout_s);
  settings.stall_timeout_s = variables.Seconds("HF_HUB_DOWNLOAD_TIMEOUT", settings.stall_timeout_s);

  const std::string all = variables.FindEitherCase("ALL_PROXY");
  settings.proxies.http = variables.FindEitherCase("HTTP_PROXY");
  settings.proxies.https = variables.FindEitherCase("HTTPS_PROXY");
  if (settings.proxies.http.empty()) settings.proxies.http = all;
  if (settings.proxies.https.empty()) settings.proxies.https = all;
  settings.proxies.no_proxy = variables.FindEitherCase("NO_PROXY");
  for (const char* name : {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}) {
    if (!settings.ca_bundle.empty()) break;
    settings.ca_bundle = variables.FindPath(name).value_or("");
  }
  return settings;
}

}  // namespace kani::hub
