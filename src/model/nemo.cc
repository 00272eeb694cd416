#include "model/nemo.h"

#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/mapped_file.h"
#include "formats/archive.h"
#include "formats/archive_writer.h"
#include "formats/json.h"
#include "formats/misplaced.h"
#include "formats/torch_checkpoint.h"
#include "formats/torch_writer.h"

namespace kani::model {
namespace {

constexpr std::string_view kConfigName = "model_config.yaml";
constexpr std::string_view kWeightsName = "model_weights.ckpt";

std::span<const std::byte> Member(const formats::ArchiveMembers& members, std::string_view name,
                                  const std::string& source) {
  const auto found = members.files.find(name);
  if (found == members.files.end()) {
    Fail(ErrorCode::kInvalidFile, source, ": has no member '", name, "', this is no .nemo archive");
  }
  return found->second;
}

NemoArchive Parse(std::span<const std::byte> bytes, const std::string& source, MappedFile file) {
  formats::RejectMisplaced(bytes, source);
  formats::ArchiveMembers members = formats::ReadArchive(
      bytes, formats::ArchiveFormat::kTar, source,
      [](std::string_view name) { return name == kConfigName || name == kWeightsName; });
  const std::span<const std::byte> yaml = Member(members, kConfigName, source);
  const std::span<const std::byte> weights = Member(members, kWeightsName, source);

  NemoArchive archive;
  archive.config =
      ParseCodecConfig(std::string_view(reinterpret_cast<const char*>(yaml.data()), yaml.size()),
                       StrCat(source, ": ", kConfigName));
  formats::CheckpointBacking backing{std::move(file), {}};
  for (std::vector<std::byte>& part : members.decompressed) {
    if (part.data() == weights.data()) backing.decompressed = std::move(part);
  }
  archive.weights = formats::ParseTorchCheckpoint(weights, StrCat(source, ": ", kWeightsName),
                                                  std::move(backing));
  return archive;
}

}  // namespace

NemoArchive OpenNemo(const std::filesystem::path& path) {
  MappedFile file(path);
  const std::span<const std::byte> bytes = file.bytes();
  return Parse(bytes, Quoted(path.string()), std::move(file));
}

NemoArchive ParseNemo(std::span<const std::byte> bytes, std::string source) {
  return Parse(bytes, source, {});
}

void WriteNemo(const std::filesystem::path& path, const std::string& config_yaml,
               std::span<const formats::NamedTensor> tensors) {
  formats::ArchiveWriter archive(formats::ArchiveFormat::kTar);
  archive.Add(StrCat("./", kConfigName), config_yaml);
  archive.Add(StrCat("./", kWeightsName), formats::TorchCheckpointBytes("model_weights", tensors));
  const std::string bytes = archive.Finish();
  WriteFileAtomically(path, std::as_bytes(std::span(bytes)));
}

}  // namespace kani::model
