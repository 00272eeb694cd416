// kani serve: speech for programs on this machine or network, and a page in the browser.
#include <unistd.h>

#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "apps/cli/commands.h"
#include "apps/cli/model_options.h"
#include "apps/cli/weight_option.h"
#include "apps/models/places.h"
#include "apps/server/api_error.h"
#include "apps/server/server.h"
#include "apps/terminal/console.h"
#include "apps/terminal/interrupt.h"
#include "base/error.h"

namespace kani::cli {
namespace {

constexpr size_t kMaxKeyFileBytes = 1 << 16;
constexpr double kMaxGiB = 1 << 20;
constexpr int kMaxSeconds = 7 * 24 * 3600;

struct ServeOptions {
  ModelOptions model;
  std::vector<std::string> models;
  std::string weights;
  std::string voices;
  std::string host = "127.0.0.1";
  int port = 8000;
  std::vector<std::string> host_names, cors_origins;
  std::string api_keys, certificate, key;
  std::optional<int> wyoming_port;
  bool strict = false;
  bool open = false;
  int64_t max_characters = 4096;
  int64_t streams = 16, queue = 48;
  int64_t max_connections = 256;
  int max_request_seconds = 600, idle_unload = 0, grace = 30;
  double memory_budget_gib = 0;
};

server::ModelPoolOptions Models(const ServeOptions& options) {
  server::ModelPoolOptions pool{.device = options.model.device,
                                .threads = options.model.threads,
                                .weights = ParseWeightFormat(options.weights),
                                .idle_unload = std::chrono::seconds(options.idle_unload),
                                .warn = terminal::PrintWarnings()};
  pool.memory_budget_bytes =
      static_cast<size_t>(options.memory_budget_gib * static_cast<double>(1 << 30));
  std::vector<std::string> names = options.models;
  if (names.empty()) names.push_back(ModelName(options.model));
  for (const std::string& name : names) {
    ModelOptions one = options.model;
    one.model = name;
    // A folder goes by its own name.
    std::filesystem::path path(name);
    if (!path.has_filename()) path = path.parent_path();
    const bool folder = std::filesystem::exists(path);
    pool.sources.push_back({folder ? path.filename().string() : name, FindModel(one)});
  }
  return pool;
}

/// Of a file and of the environment; never of the command line, which everybody can read.
std::vector<std::string> ApiKeys(const ServeOptions& options) {
  std::vector<std::string> keys;
  if (!options.api_keys.empty()) {
    keys = server::ParseApiKeys(ReadTextFile(options.api_keys, kMaxKeyFileBytes),
                                Quoted(options.api_keys));
    if (keys.empty()) Fail(ErrorCode::kInvalidFile, Quoted(options.api_keys), ": holds no key");
  }
  if (const auto value = models::Environment("KANI_API_KEY")) {
    for (std::string& key : server::ParseApiKeys(*value, "KANI_API_KEY")) {
      keys.push_back(std::move(key));
    }
  }
  return keys;
}

server::ServerOptions Assemble(const ServeOptions& options) {
  server::ServerOptions all;
  all.guard = {.api_keys = ApiKeys(options),
               .host_names = options.host_names,
               .cors_origins = options.cors_origins};
  all.http.host = options.host;
  all.http.port = static_cast<uint16_t>(options.port);
  all.http.certificate = options.certificate;
  all.http.key = options.key;
  all.http.max_connections = static_cast<size_t>(options.max_connections);
  all.speech = {.streams = options.streams,
                .queue = options.queue,
                .longest = std::chrono::seconds(options.max_request_seconds)};
  all.rules = {.max_characters = static_cast<size_t>(options.max_characters),
               .strict = options.strict};
  all.voice_folder =
      options.voices.empty() ? UserVoiceFolder() : std::filesystem::path(options.voices);
  if (options.wyoming_port) {
    all.wyoming = {.host = options.host,
                   .port = static_cast<uint16_t>(*options.wyoming_port),
                   .max_characters = static_cast<size_t>(options.max_characters)};
  }
  all.models = Models(options);
  return all;
}

bool IsLoopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

std::string Address(const ServeOptions& options, uint16_t port) {
  const bool anywhere = options.host == "0.0.0.0" || options.host == "::";
  std::string host = anywhere ? "localhost" : options.host;
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return StrCat(options.certificate.empty() ? "http" : "https", "://", host, ":", port, "/");
}

/// Leaves it to the desktop which browser that is.
void OpenBrowser(const std::string& address) {
  const pid_t child = ::fork();
  if (child != 0) return;
  ::execlp("xdg-open", "xdg-open", address.c_str(), static_cast<char*>(nullptr));
  ::_exit(127);
}

int RunServe(const ServeOptions& options) {
  // From here on the first interrupt asks us to stop, the second ends the process.
  const terminal::OutputInProgress running;
  const server::ServerOptions all = Assemble(options);
  server::Server server(all);
  const std::string address = Address(options, server.port());
  try {
    server.Load();
  } catch (const server::ApiError& error) {
    Fail(ErrorCode::kInvalidFile, error.what());
  }
  terminal::PrintNote(StrCat("serving ", address));
  if (all.guard.api_keys.empty() && !IsLoopback(options.host)) {
    Warn(terminal::PrintWarnings(), StrCat("whoever reaches ", options.host,
                                           " may use this server: it has no keys (--api-keys)"));
  }
  if (options.wyoming_port) {
    terminal::PrintNote(StrCat("Wyoming on ", options.host, " port ", server.wyoming_port()));
  }
  if (options.open) OpenBrowser(address);
  while (!terminal::Interrupted()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  terminal::PrintNote("finishing what was begun; interrupt again to end at once");
  server.Stop(std::chrono::seconds(options.grace));
  return 0;
}

void AddNetworkOptions(CLI::App& app, ServeOptions& options) {
  constexpr char kGroup[] = "Network";
  app.add_option("--host", options.host, "Address to listen on; 0.0.0.0 = every one")
      ->type_name("ADDRESS")
      ->capture_default_str()
      ->group(kGroup);
  app.add_option("--port", options.port, "Port, 0 = any that is free")
      ->check(CLI::Range(0, 65535))
      ->type_name("N")
      ->capture_default_str()
      ->group(kGroup);
  app.add_option("--wyoming", options.wyoming_port,
                 "Also for Home Assistant, on this port (its usual one is 10200); without keys")
      ->check(CLI::Range(0, 65535))
      ->type_name("PORT")
      ->group(kGroup);
  app.add_option("--host-name", options.host_names,
                 "A name of this server besides localhost and addresses; may be repeated")
      ->type_name("NAME")
      ->group(kGroup);
  app.add_option("--cors-origin", options.cors_origins,
                 "Pages of this origin may ask, * = all; may be repeated")
      ->type_name("ORIGIN")
      ->group(kGroup);
  app.add_option("--api-keys", options.api_keys,
                 "File with a key a line; KANI_API_KEY in the environment holds one more")
      ->type_name("FILE")
      ->group(kGroup);
  app.add_option("--tls-certificate", options.certificate, "Certificate chain in PEM")
      ->type_name("FILE")
      ->group(kGroup);
  app.add_option("--tls-key", options.key, "Its private key in PEM")
      ->type_name("FILE")
      ->group(kGroup);
}

void AddLimitOptions(CLI::App& app, ServeOptions& options) {
  constexpr char kGroup[] = "Limits";
  const auto add = [&](const char* name, auto& value, const char* help, auto low, auto high) {
    app.add_option(name, value, help)
        ->check(CLI::Range(low, high))
        ->type_name("N")
        ->capture_default_str()
        ->group(kGroup);
  };
  add("--max-characters", options.max_characters, "Of one request", 1, 1 << 20);
  add("--streams", options.streams, "Requests that are spoken side by side", 1, 256);
  add("--queue", options.queue, "Requests that wait beyond those", 0, 4096);
  add("--max-connections", options.max_connections, "Open connections", 1, 65536);
  add("--max-request-seconds", options.max_request_seconds, "Time that one request may take", 1,
      kMaxSeconds);
  add("--grace", options.grace, "Seconds to finish what was begun when asked to stop", 0,
      kMaxSeconds);
  add("--idle-unload", options.idle_unload,
      "Seconds without a request after which a model's memory is given back, 0 = never", 0,
      kMaxSeconds);
  app.add_option("--memory-budget", options.memory_budget_gib,
                 "Memory of all models in GiB, 0 = no limit")
      ->check(CLI::Range(0.0, kMaxGiB))
      ->type_name("GIB")
      ->capture_default_str()
      ->group(kGroup);
}

}  // namespace

void AddServe(CLI::App& app, terminal::Action& run) {
  auto options = std::make_shared<ServeOptions>();
  CLI::App* serve =
      app.add_subcommand("serve", "Speak for other programs (OpenAI's API), and in the browser");
  serve
      ->add_option("--model", options->models,
                   "A name (see kani models), a folder, or a file inside one; may be repeated, the "
                   "first is the default [the default model]")
      ->type_name("MODEL");
  serve->add_option("--voices", options->voices, "Folder of your voices [that of kani clone]")
      ->type_name("DIR");
  serve->add_flag("--strict", options->strict, "Refuse requests with unknown fields");
  serve->add_flag("--open", options->open, "Open the page in the browser");
  AddNetworkOptions(*serve, *options);
  AddLimitOptions(*serve, *options);
  AddCodecOption(*serve, options->model);
  AddSpeakerEncoderOption(*serve, options->model);
  AddWeightOption(*serve, options->weights);
  AddDeviceOptions(*serve, options->model);
  serve->footer("Example: kani serve --open");
  serve->callback([options, &run] { run = [options] { return RunServe(*options); }; });
}

}  // namespace kani::cli
