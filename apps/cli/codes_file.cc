#include "apps/cli/codes_file.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/read_file.h"
#include "formats/json.h"
#include "formats/safetensors.h"

namespace kani::cli {
namespace {

// An hour of thirteen codebooks at 21.5 frames a second has 6 MB.
constexpr size_t kMaxFileBytes = size_t{1} << 30;
constexpr size_t kMaxJsonBytes = size_t{16} << 20;
constexpr int64_t kMaxCode = 1 << 24;

int32_t CheckedCode(int64_t code, const std::string& source) {
  if (code < 0 || code > kMaxCode) {
    Fail(ErrorCode::kInvalidFile, source, ": code ", code, " is not possible");
  }
  return static_cast<int32_t>(code);
}

codec::Codes ParseSafetensorsCodes(std::span<const std::byte> bytes, int64_t codebooks,
                                   const std::string& source) {
  const auto store = formats::ParseSafetensors(bytes, source);
  const int64_t shape[] = {-1, codebooks};
  const TensorView& tensor = store->Get("codes", shape);
  if (tensor.dtype == DType::kF32 || tensor.dtype == DType::kF16 || tensor.dtype == DType::kBF16) {
    Fail(ErrorCode::kInvalidFile, source, ": codes: ", DTypeName(tensor.dtype),
         ", expected integers");
  }
  codec::Codes codes{.codebooks = codebooks};
  for (const int64_t code : tensor.Ints()) codes.values.push_back(CheckedCode(code, source));
  return codes;
}

codec::Codes ParseJsonCodes(std::span<const std::byte> bytes, int64_t codebooks,
                            const std::string& source) {
  if (bytes.size() > kMaxJsonBytes) {
    Fail(ErrorCode::kResourceExhausted, source, ": ", bytes.size(), " bytes, expected at most ",
         kMaxJsonBytes);
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const nlohmann::json json = formats::ParseJson(text, source);
  const formats::JsonReader reader(json, source);
  codec::Codes codes{.codebooks = codebooks};
  for (const nlohmann::json& frame : reader.Array("codes")) {
    if (!frame.is_array() || static_cast<int64_t>(frame.size()) != codebooks) {
      Fail(ErrorCode::kInvalidFile, source, ": frame ", codes.frames(), ": expected ", codebooks,
           " codes");
    }
    for (const nlohmann::json& code : frame) {
      if (!code.is_number_integer()) {
        Fail(ErrorCode::kInvalidFile, source, ": frame ", codes.frames(),
             ": expected whole numbers");
      }
      codes.values.push_back(CheckedCode(code.get<int64_t>(), source));
    }
  }
  return codes;
}

}  // namespace

bool IsCodesExtension(std::string_view extension) {
  return extension == ".safetensors" || extension == ".json";
}

codec::Codes LoadCodes(const std::filesystem::path& path, int64_t codebooks) {
  return ParseCodes(ReadBinaryFile(path, kMaxFileBytes), path.extension().string(), codebooks,
                    Quoted(path.string()));
}

codec::Codes ParseCodes(std::span<const std::byte> bytes, std::string_view extension,
                        int64_t codebooks, const std::string& source) {
  if (!IsCodesExtension(extension)) {
    Fail(ErrorCode::kUnsupported, source, ": expected a .safetensors or .json file of codes");
  }
  codec::Codes codes = extension == ".json" ? ParseJsonCodes(bytes, codebooks, source)
                                            : ParseSafetensorsCodes(bytes, codebooks, source);
  if (codes.values.empty()) Fail(ErrorCode::kInvalidFile, source, ": has no codes");
  return codes;
}

void SaveCodes(const codec::Codes& codes, const std::filesystem::path& path) {
  if (path.extension() == ".json") {
    nlohmann::json frames = nlohmann::json::array();
    const auto width = static_cast<ptrdiff_t>(codes.codebooks);
    for (auto at = codes.values.begin(); at != codes.values.end(); at += width) {
      frames.push_back(std::vector<int32_t>(at, at + width));
    }
    const nlohmann::json json{{"codebooks", codes.codebooks}, {"codes", frames}};
    const std::string text = json.dump() + "\n";
    return WriteFileAtomically(path, std::as_bytes(std::span(text)));
  }
  const std::vector<int64_t> values(codes.values.begin(), codes.values.end());
  const formats::NamedTensor tensors[] = {
      formats::IntTensor("codes", {codes.frames(), codes.codebooks}, values)};
  formats::WriteSafetensors(path, tensors);
}

}  // namespace kani::cli
