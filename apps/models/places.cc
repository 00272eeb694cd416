#include "apps/models/places.h"

#include <charconv>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "formats/json.h"

namespace kani::models {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxSettingsBytes = 1u << 16;
constexpr size_t kMaxNameBytes = 4096;

fs::path Home() {
  const std::string home = Environment("HOME").value_or("");
  return home.starts_with('/') ? fs::path(home) : fs::path();
}

fs::path SettingsFile() {
  const fs::path folder = ConfigFolder();
  return folder.empty() ? folder : folder / "settings.json";
}

/// The object in `settings.json`; an empty one without the file.
nlohmann::json ReadSettings(const fs::path& file) {
  std::error_code error;
  if (file.empty() || !fs::exists(file, error)) return nlohmann::json::object();
  const std::string source = Quoted(file.string());
  nlohmann::json settings = formats::ParseJson(ReadTextFile(file, kMaxSettingsBytes), source);
  if (!settings.is_object()) Fail(ErrorCode::kInvalidFile, source, ": expected a JSON object");
  return settings;
}

KnownModels LoadTable(const fs::path& file) {
  return ParseKnownModels(ReadTextFile(file, kMaxTableBytes), Quoted(file.string()), Home());
}

}  // namespace

std::optional<std::string> Environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

std::vector<fs::path> ModelSearchPath() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return {};
  std::vector<fs::path> folders;
  folders.push_back(program.parent_path().parent_path() / "share" / "kani" / "models");
  for (auto folder = program.parent_path(); folder != folder.root_path();
       folder = folder.parent_path()) {
    folders.push_back(folder / "models");
  }
  std::erase_if(folders, [](const auto& folder) {
    std::error_code ignored;
    return !fs::is_directory(folder, ignored);
  });
  return folders;
}

fs::path ConfigFolder() {
  const std::string config = Environment("XDG_CONFIG_HOME").value_or("");
  if (config.starts_with('/')) return fs::path(config) / "kani";
  const fs::path home = Home();
  return home.empty() ? home : home / ".config" / "kani";
}

KnownModels LoadKnownModels() {
  KnownModels known;
  std::error_code error;
  for (const fs::path& folder : ModelSearchPath()) {
    if (!fs::is_regular_file(folder / "known.json", error)) continue;
    known = LoadTable(folder / "known.json");
    break;
  }
  const fs::path own = ConfigFolder() / "models.json";
  if (own.is_absolute() && fs::exists(own, error)) known.Add(LoadTable(own));
  return known;
}

hub::Settings HubSettings(const WarningSink& warn) {
  hub::Settings settings = hub::SettingsFromEnvironment(&Environment, warn);
  settings.user_agent = StrCat("kani/", KANI_VERSION);
  // For tests: a pull that is tried again waits 1, 2, 4, 8, 8 times as long.
  const std::string unit = Environment("KANI_RETRY_MS").value_or("");
  int milliseconds = 0;
  const auto [end, error] = std::from_chars(unit.data(), unit.data() + unit.size(), milliseconds);
  if (error == std::errc() && end == unit.data() + unit.size() && milliseconds > 0 &&
      milliseconds < settings.retry_unit_ms) {
    settings.retry_unit_ms = milliseconds;
  }
  return settings;
}

fs::path CacheFolder() {
  // A wrong endpoint or token is no reason not to read what is here.
  const auto lookup = [](const std::string& name) -> std::optional<std::string> {
    const bool elsewhere = name == "HF_ENDPOINT" || name.find("TOKEN") != std::string::npos;
    return elsewhere ? std::nullopt : Environment(name);
  };
  try {
    return hub::SettingsFromEnvironment(lookup, {}).cache;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    return {};
  }
}

std::optional<std::string> DefaultModel() {
  const fs::path file = SettingsFile();
  const nlohmann::json settings = ReadSettings(file);
  const auto name = settings.find("model");
  if (name == settings.end()) return std::nullopt;
  if (!name->is_string() || name->get_ref<const std::string&>().empty() ||
      name->get_ref<const std::string&>().size() > kMaxNameBytes) {
    Fail(ErrorCode::kInvalidFile, Quoted(file.string()), ": model: expected the name of a model");
  }
  return name->get<std::string>();
}

void SetDefaultModel(const std::optional<std::string>& name) {
  const fs::path file = SettingsFile();
  if (file.empty()) {
    Fail(ErrorCode::kNotFound, "no folder for settings: neither HOME nor XDG_CONFIG_HOME is set");
  }
  nlohmann::json settings = ReadSettings(file);
  if (!name && !settings.contains("model")) return;
  settings.erase("model");
  if (name) settings["model"] = *name;
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) {
    Fail(ErrorCode::kIo, "cannot make ", Quoted(file.parent_path().string()), ": ",
         error.message());
  }
  const std::string text =
      settings.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  WriteFileAtomically(file, std::as_bytes(std::span(text)));
}

}  // namespace kani::models
