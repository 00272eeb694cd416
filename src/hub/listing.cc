#include "hub/listing.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "formats/json.h"
#include "hub/digest.h"
#include "hub/problem.h"
#include "hub/repo_id.h"

namespace kani::hub {
namespace {

using formats::JsonReader;

constexpr size_t kMaxSegment = 255;  // of a name in the usual file systems
constexpr size_t kMaxPath = 1024;
constexpr int64_t kMaxFileBytes = int64_t{1} << 42;  // 4 TiB

/// Text that is no JSON is a login page or another server; its members come from a hub.
nlohmann::json ParseAnswer(std::string_view json, std::string_view source) {
  try {
    return formats::ParseJson(json, source);
  } catch (const Error& error) {
    FailHub(Problem::kNotAHub, "not a hub: ", source,
            " answers with what is no JSON: ", Quoted(json.substr(0, 60)));
  }
}

/// Reads members; their misses are those of a hub that lies.
template <typename Read>
auto Checked(Read read) {
  try {
    return read();
  } catch (const HubError&) {
    throw;
  } catch (const Error& error) {
    FailHub(Problem::kHostile, error.what());
  }
}

bool EqualsIgnoringCase(std::string_view a, std::string_view upper) {
  return std::ranges::equal(a, upper, [](char x, char y) {
    return (x >= 'a' && x <= 'z' ? static_cast<char>(x - 'a' + 'A') : x) == y;
  });
}

/// CON, NUL, COM1, also with an extension.
bool IsWindowsDevice(std::string_view segment) {
  const std::string_view stem = segment.substr(0, segment.find('.'));
  for (const std::string_view device : {"CON", "PRN", "AUX", "NUL"}) {
    if (EqualsIgnoringCase(stem, device)) return true;
  }
  const bool numbered = stem.size() == 4 && stem[3] >= '0' && stem[3] <= '9';
  return numbered && (EqualsIgnoringCase(stem.substr(0, 3), "COM") ||
                      EqualsIgnoringCase(stem.substr(0, 3), "LPT"));
}

std::string_view ObjectionToSegment(std::string_view segment) {
  if (segment.empty()) return "a part is empty or the path absolute";
  if (segment == "." || segment == "..") return "a part is '.' or '..'";
  if (segment.size() > kMaxSegment) return "a part has over 255 bytes";
  if (segment.back() == '.' || segment.back() == ' ') return "a part ends with a dot or a blank";
  if (IsWindowsDevice(segment)) return "a part names a device";
  return {};
}

/// ASCII letters folded: what file systems without case take for one name, as far as it matters
/// here (others fold more; a clash there is an error of the file system, not a lost file).
std::string Folded(std::string_view path) {
  std::string folded(path);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return folded;
}

RemoteFile ParseTreeFile(const JsonReader& entry, std::string_view source) {
  RemoteFile file;
  file.path = entry.String("path");
  CheckRemotePath(file.path, source);
  file.size_bytes = static_cast<uint64_t>(entry.Int("size", 0, kMaxFileBytes));
  file.etag = entry.String("oid");
  size_t digits = 40;
  if (entry.Has("lfs")) {
    const JsonReader lfs(entry.Object("lfs"), entry.source());
    file.etag = lfs.String("oid");
    digits = 64;
    if (lfs.Int("size", 0, kMaxFileBytes) != static_cast<int64_t>(file.size_bytes)) {
      FailHub(Problem::kHostile, source, ": ", Quoted(file.path), ": lists two sizes, ",
              file.size_bytes, " and ", lfs.Int("size", 0, kMaxFileBytes));
    }
  }
  if (!IsEtag(file.etag) || file.etag.size() != digits) {
    FailHub(Problem::kHostile, source, ": ", Quoted(file.path), ": hash ", Quoted(file.etag),
            ", expected ", digits, " hexadecimal digits");
  }
  return file;
}

void ReadCard(const nlohmann::json& card, RepoInfo* info) {
  const auto text = [&](const char* key) {
    const auto found = card.find(key);
    if (found == card.end()) return std::string();
    const nlohmann::json& value = found->is_array() && !found->empty() ? found->front() : *found;
    return value.is_string() ? value.get<std::string>() : std::string();
  };
  info->license = text("license");
  if (info->license == "other" && !text("license_name").empty()) {
    info->license = text("license_name");
  }
  info->license_link = text("license_link");
}

}  // namespace

RepoInfo ParseRepoInfo(std::string_view json, std::string_view source) {
  const nlohmann::json answer = ParseAnswer(json, source);
  if (!answer.is_object() || !answer.contains("sha")) {
    FailHub(Problem::kNotAHub, "not a hub: ", source, " answers with JSON that names no commit");
  }
  return Checked([&] {
    const JsonReader reader(answer, std::string(source));
    RepoInfo info;
    info.commit = reader.String("sha");
    if (!IsCommit(info.commit)) {
      FailHub(Problem::kHostile, source, ": commit ", Quoted(info.commit),
              ", expected 40 hexadecimal digits");
    }
    const nlohmann::json* gated = reader.Find("gated");  // false, "auto" or "manual"
    info.gated = gated != nullptr && (gated->is_string() || *gated == true);
    info.is_private = reader.OptionalBool("private").value_or(false);
    if (const nlohmann::json* card = reader.Find("cardData"); card && card->is_object()) {
      ReadCard(*card, &info);
    }
    if (reader.Has("siblings")) {
      const nlohmann::json& siblings = reader.Array("siblings");
      if (siblings.size() > kMaxFiles) {
        FailHub(Problem::kHostile, source, ": ", siblings.size(), " files, the limit is ",
                kMaxFiles);
      }
      for (const nlohmann::json& sibling : siblings) {
        info.paths.push_back(JsonReader(sibling, std::string(source)).String("rfilename"));
        CheckRemotePath(info.paths.back(), source);
      }
    }
    return info;
  });
}

void AppendTreePage(std::string_view json, std::string_view source,
                    std::vector<RemoteFile>* files) {
  const nlohmann::json answer = ParseAnswer(json, source);
  if (!answer.is_array()) {
    FailHub(Problem::kNotAHub, "not a hub: ", source, " answers with JSON that is no list");
  }
  Checked([&] {
    for (const nlohmann::json& element : answer) {
      const JsonReader entry(element, std::string(source));
      if (entry.String("type") != "file") continue;
      if (files->size() >= kMaxFiles) {
        FailHub(Problem::kHostile, source, ": over ", kMaxFiles, " files");
      }
      files->push_back(ParseTreeFile(entry, source));
    }
  });
}

void CheckRemotePath(std::string_view path, std::string_view source) {
  const auto refuse = [&](std::string_view why) {
    FailHub(Problem::kHostile, source, ": lists the path ", Quoted(path), ": ", why);
  };
  if (path.size() > kMaxPath) refuse("it has over 1024 bytes");
  if (!formats::IsUtf8(path)) refuse("it is not UTF-8");
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) refuse("it holds a control character");
    if (c == '\\' || c == ':') refuse("it holds a backslash or a colon");
  }
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view objection = ObjectionToSegment(path.substr(begin, end - begin));
    if (!objection.empty()) refuse(objection);
    begin = end + 1;
  }
}

void CheckPathsTogether(const std::vector<std::string>& paths, std::string_view source) {
  std::set<std::string> files, folders;
  for (const std::string& path : paths) {
    const std::string folded = Folded(path);
    if (!files.insert(folded).second) {
      FailHub(Problem::kHostile, source, ": lists ", Quoted(path),
              " twice, as far as case does not count");
    }
    for (size_t slash = folded.find('/'); slash != folded.npos;
         slash = folded.find('/', slash + 1)) {
      folders.insert(folded.substr(0, slash));
    }
  }
  for (const std::string& folder : folders) {
    if (files.contains(folder)) {
      FailHub(Problem::kHostile, source, ": lists ", Quoted(folder), " as a file and as a folder");
    }
  }
}

std::string NextLink(std::string_view link_header) {
  // Several links are separated by commas: <url>; rel="x", <url>; rel="next"
  while (true) {
    const size_t open = link_header.find('<');
    const size_t close = link_header.find('>', open == link_header.npos ? 0 : open);
    if (open == link_header.npos || close == link_header.npos) return {};
    const std::string_view url = link_header.substr(open + 1, close - open - 1);
    link_header.remove_prefix(close + 1);
    const std::string_view parameters = link_header.substr(0, link_header.find('<'));
    if (parameters.find("rel=\"next\"") != parameters.npos ||
        parameters.find("rel=next") != parameters.npos) {
      return std::string(url);
    }
  }
}

}  // namespace kani::hub
