// Tokenizer cases: strings to ids, pieces and back, for each tokenizer.json of the folder.
#include "text/tokenizer.h"

#include "apps/dev/verify/parity_case.h"
#include "base/atomic_file.h"
#include "base/error.h"
#include "formats/json.h"

namespace kani::dev {
namespace {

constexpr size_t kMaxBytes = 64 << 20;

nlohmann::json ReadJson(const std::filesystem::path& path) {
  return formats::ParseJson(ReadTextFile(path, kMaxBytes), path.string());
}

void VerifyOne(ParityCase& parity, const std::filesystem::path& folder,
               const std::vector<std::string>& strings) {
  const text::Tokenizer tokenizer(model::LoadTokenizerFile(folder / "tokenizer.json"));
  const nlohmann::json expected = ReadJson(folder / "expected.json");
  int64_t ids = 0, decoded = 0, with_special = 0, pieces = 0, pieces_total = 0;
  for (size_t i = 0; i < strings.size() && i < expected.size(); ++i) {
    const auto expected_ids = expected[i].at("ids").get<std::vector<int32_t>>();
    ids += tokenizer.Encode(strings[i], text::AddedTokens::kTrusted) != expected_ids;
    decoded += tokenizer.Decode(expected_ids, /*skip_special=*/true) !=
               expected[i].at("decoded").get<std::string>();
    with_special += tokenizer.Decode(expected_ids, /*skip_special=*/false) !=
                    expected[i].at("decoded_with_special").get<std::string>();
    if (!expected[i].contains("pieces")) continue;
    ++pieces_total;
    pieces += tokenizer.Pieces(strings[i]) != expected[i]["pieces"].get<std::vector<std::string>>();
  }
  const std::string name = folder.filename().string();
  const int64_t unread = std::abs(std::ssize(strings) - std::ssize(expected));
  parity.Count(name + "/ids", ids + unread, std::ssize(strings));
  parity.Count(name + "/decoded", decoded, std::ssize(strings));
  parity.Count(name + "/decoded_with_special", with_special, std::ssize(strings));
  if (pieces_total > 0) parity.Count(name + "/pieces", pieces, pieces_total);
}

}  // namespace

void VerifyTokenizer(ParityCase& parity) {
  const auto strings = ReadJson(parity.folder() / "strings.json").get<std::vector<std::string>>();
  for (const auto& entry : std::filesystem::directory_iterator(parity.folder())) {
    if (std::filesystem::exists(entry.path() / "tokenizer.json")) {
      VerifyOne(parity, entry.path(), strings);
    }
  }
}

}  // namespace kani::dev
