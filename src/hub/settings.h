// Where the hub and the cache are and how they may be used. Shared with the Python tools: the same
// variables of the environment mean the same here.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/log.h"

namespace kani::hub {

struct Proxies {
  std::string http;      ///< for http addresses; empty = none
  std::string https;     ///< for https addresses
  std::string no_proxy;  ///< hosts that are reached directly, in curl's syntax
};

struct Settings {
  std::string endpoint = "https://huggingface.co";  ///< without a trailing slash
  std::filesystem::path cache;                      ///< holds models--org--name/
  /// Sent to the origin of `endpoint` alone, over https or to this machine; empty = none. In no
  /// message.
  std::string token;
  std::filesystem::path token_file;  ///< where a stored token is or would be
  bool offline = false;              ///< no request at all
  bool symlinks = true;              ///< false: files lie in the snapshot itself
  Proxies proxies;
  std::filesystem::path ca_bundle;  ///< PEM file of trusted authorities; empty = the system's
  std::string user_agent = "kani";
  int connect_timeout_s = 10;
  int stall_timeout_s = 10;  ///< without a byte; there is no limit on the whole
  int parallel_files = 4;
  int max_retries = 5;       ///< after what may pass, in a row
  int retry_unit_ms = 1000;  ///< waits are 1, 2, 4, 8, 8 of these, or what the server asks for
};

/// The value of a variable, nothing if it is not set.
using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;

/// Settings as the Python tools find them:
/// - cache: HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, $HF_HOME/hub, $XDG_CACHE_HOME/huggingface/hub,
///   ~/.cache/huggingface/hub; `~` and `$NAME` are expanded
/// - endpoint: HF_ENDPOINT
/// - token: HF_TOKEN, HUGGING_FACE_HUB_TOKEN, the file HF_TOKEN_PATH or $HF_HOME/token; none with
///   HF_HUB_DISABLE_IMPLICIT_TOKEN
/// - offline: KANI_OFFLINE, HF_HUB_OFFLINE, else TRANSFORMERS_OFFLINE
/// - HF_HUB_DISABLE_SYMLINKS, HF_HUB_ETAG_TIMEOUT (connecting), HF_HUB_DOWNLOAD_TIMEOUT (stalling)
/// - proxies: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY in both cases, lower case first
/// - authorities: SSL_CERT_FILE, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE
/// A variable that is set but empty counts as unset, with a warning where Python would take it for
/// a path. Warns of a token file that others may read. Throws kInvalidArgument for an endpoint that
/// is no http(s) address, kNotFound when neither a cache nor a home is known.
Settings SettingsFromEnvironment(const EnvironmentLookup& lookup, const WarningSink& warn);

}  // namespace kani::hub
