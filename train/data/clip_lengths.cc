#include "train/data/clip_lengths.h"

#include <array>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "base/read_file.h"
#include "formats/safetensors.h"
#include "train/data/checksum.h"

namespace kani::train {
namespace {

// To be raised when BuildClip makes other sequences of the same clips.
constexpr int kVersion = 1;
constexpr const char* kTensor = "lengths";
constexpr const char* kKey = "kani_clip_lengths";
constexpr const char* kCrc = "crc32";
constexpr size_t kMaxHeaderBytes = 64 << 10;

std::string Metadata(const formats::TensorStore& store, const char* name) {
  const auto found = store.metadata().find(name);
  return found == store.metadata().end() ? "" : found->second;
}

}  // namespace

void MeasureClips(const Corpus& corpus, const text::Tokenizer& tokenizer,
                  const model::TokenLayout& tokens, const SequenceOptions& options, int64_t begin,
                  int64_t end, std::span<int32_t> lengths) {
  for (int64_t clip = begin; clip < end; ++clip) {
    const Clip built = BuildClip(corpus.Get(clip), corpus.format(), tokenizer, tokens, options);
    lengths[static_cast<size_t>(clip)] = static_cast<int32_t>(built.rows.size());
  }
}

std::string ClipLengthsKey(const Corpus& corpus, std::string_view tokenizer,
                           const model::TokenLayout& tokens, const SequenceOptions& options) {
  return StrCat("version ", kVersion, ", corpus ", corpus.checksum(), " of ", corpus.size(),
                " clips, tokenizer ", Crc32Text(tokenizer), " of ", tokenizer.size(), " bytes, ",
                tokens.text_vocab_size, " text tokens, ", tokens.codebooks, " codebooks of ",
                tokens.codebook_size, ", repeated frames ",
                options.drop_repeated_frames ? "dropped" : "kept");
}

void WriteClipLengths(const std::filesystem::path& path, const std::string& key,
                      std::span<const int32_t> lengths) {
  const auto bytes = std::as_bytes(lengths);
  const formats::NamedTensor tensor = {
      kTensor, DType::kI32, {std::ssize(lengths)}, {bytes.begin(), bytes.end()}};
  formats::WriteSafetensors(path, {&tensor, 1}, {{kKey, key}, {kCrc, Crc32Text(bytes)}});
}

ClipLengths ReadClipLengths(const std::filesystem::path& path, const std::string& key,
                            int64_t clips) {
  const size_t most = static_cast<size_t>(clips) * sizeof(int32_t) + kMaxHeaderBytes;
  return ParseClipLengths(ReadBinaryFile(path, most), key, clips, Quoted(path.string()));
}

ClipLengths ParseClipLengths(std::span<const std::byte> bytes, const std::string& key,
                             int64_t clips, const std::string& source) {
  const auto store = formats::ParseSafetensors(bytes, source);
  const auto expect = [&](const char* what, const std::string& found, const std::string& expected) {
    if (found == expected) return;
    Fail(ErrorCode::kInvalidFile, source, ": ", what, " ", Quoted(found), ", expected ",
         Quoted(expected));
  };
  expect("lengths of", Metadata(*store, kKey), key);
  const TensorView& stored = store->Get(kTensor, std::array{clips});
  expect("type", std::string(DTypeName(stored.dtype)), std::string(DTypeName(DType::kI32)));
  expect("checksum", Crc32Text(stored.bytes), Metadata(*store, kCrc));
  ClipLengths lengths(static_cast<size_t>(clips));
  std::memcpy(lengths.data(), stored.bytes.data(), stored.bytes.size());
  for (const int32_t length : lengths) {
    if (length < 1) Fail(ErrorCode::kInvalidFile, source, ": a clip of ", length, " tokens");
  }
  return lengths;
}

}  // namespace kani::train
