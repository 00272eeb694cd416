#include "train/data/shard_builder.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "base/error.h"
#include "formats/safetensors.h"
#include "text/unicode.h"
#include "train/data/checksum.h"
#include "train/data/shard_layout.h"

namespace kani::train {
namespace {

template <typename T>
formats::NamedTensor Tensor(std::string name, DType dtype, Shape shape, const T& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {std::move(name), dtype, std::move(shape), {bytes.begin(), bytes.end()}};
}

}  // namespace

ShardBuilder::ShardBuilder(CorpusFormat format) : format_(std::move(format)) {
  CheckFormat(format_, ErrorCode::kInvalidArgument, "shard");
  text::RequireUtf8(format_.codec);
}

void ShardBuilder::Strings::Add(const std::string& text) {
  bytes += text;
  ends.push_back(std::ssize(bytes));
}

int32_t ShardBuilder::Names::IndexOf(const std::string& name) {
  const auto [found, is_new] = indices.try_emplace(name, static_cast<int32_t>(indices.size()));
  if (is_new) strings.Add(name);
  return found->second;
}

int32_t ShardBuilder::EmbeddingIndex(const std::vector<float>& embedding) {
  if (embedding.empty()) return -1;
  const auto next = static_cast<int32_t>(embedding_indices_.size());
  const auto [found, is_new] = embedding_indices_.try_emplace(embedding, next);
  if (is_new) embeddings_.insert(embeddings_.end(), embedding.begin(), embedding.end());
  return found->second;
}

void ShardBuilder::Check(const Utterance& utterance) const {
  const auto bad = [&](const auto&... parts) {
    Fail(ErrorCode::kInvalidArgument, "clip ", Quoted(utterance.id), ": ", parts...);
  };
  const auto check_text = [&](const char* what, const std::string& text, int64_t low,
                              int64_t high) {
    if (std::ssize(text) < low || std::ssize(text) > high) {
      bad(what, " of ", text.size(), " bytes, expected ", low, " to ", high);
    }
    try {
      text::RequireUtf8(text);
    } catch (const Error& error) {
      bad(what, ": ", error.what());
    }
  };
  check_text("id", utterance.id, 1, kMaxNameBytes);
  check_text("text", utterance.text, 1, kMaxTextBytes);
  check_text("voice", utterance.voice, 0, kMaxNameBytes);
  check_text("language", utterance.language, 0, kMaxNameBytes);
  check_text("source", utterance.source, 0, kMaxNameBytes);
  const int64_t frames = utterance.frames(format_);
  if (std::ssize(utterance.codes) % format_.codebooks != 0 || frames < 1 || frames > kMaxFrames) {
    bad(utterance.codes.size(), " codes, expected 1 to ", kMaxFrames, " frames of ",
        format_.codebooks);
  }
  const uint16_t highest = *std::ranges::max_element(utterance.codes);
  if (highest >= format_.codebook_size) {
    bad("code ", highest, ", expected [0, ", format_.codebook_size, ")");
  }
  if (utterance.encoded_len < 0) bad("encoded_len ", utterance.encoded_len);
  if (!utterance.embedding.empty() && std::ssize(utterance.embedding) != format_.speaker_emb_dim) {
    bad("embedding of ", utterance.embedding.size(), " numbers, expected ",
        format_.speaker_emb_dim);
  }
  if (!std::ranges::all_of(utterance.embedding, [](float v) { return std::isfinite(v); })) {
    bad("embedding is not finite");
  }
}

void ShardBuilder::Add(const Utterance& utterance) {
  Check(utterance);
  if (size() >= kMaxClips || size_bytes() >= kMaxShardBytes) {
    Fail(ErrorCode::kResourceExhausted, "shard: full with ", size(), " clips of ", size_bytes(),
         " bytes, at most ", kMaxClips, " clips and ", kMaxShardBytes, " bytes");
  }
  texts_.Add(utterance.text);
  ids_.Add(utterance.id);
  voice_.push_back(voices_.IndexOf(utterance.voice));
  language_.push_back(languages_.IndexOf(utterance.language));
  source_.push_back(sources_.IndexOf(utterance.source));
  embedding_.push_back(EmbeddingIndex(utterance.embedding));
  flags_.push_back(static_cast<int32_t>(utterance.flags));
  encoded_len_.push_back(utterance.encoded_len);
  codes_.insert(codes_.end(), utterance.codes.begin(), utterance.codes.end());
  code_ends_.push_back(std::ssize(codes_) / format_.codebooks);
}

int64_t ShardBuilder::size_bytes() const {
  constexpr int64_t kBytesPerClip = 3 * sizeof(int64_t) + 6 * sizeof(int32_t);
  constexpr int64_t kHeaderBytes = 2048;
  return kHeaderBytes + size() * kBytesPerClip + std::ssize(texts_.bytes) + std::ssize(ids_.bytes) +
         std::ssize(voices_.strings.bytes) +
         std::ssize(codes_) * static_cast<int64_t>(sizeof(uint16_t)) +
         std::ssize(embeddings_) * static_cast<int64_t>(sizeof(float));
}

void ShardBuilder::Write(const std::filesystem::path& path) const {
  const int64_t clips = size();
  if (clips == 0) Fail(ErrorCode::kInvalidArgument, Quoted(path.string()), ": shard has no clips");
  std::vector<formats::NamedTensor> tensors;
  const auto add = [&](const char* name, DType dtype, Shape shape, const auto& values) {
    tensors.push_back(Tensor(name, dtype, std::move(shape), values));
  };
  // Wide elements first, so that every section is aligned.
  const std::pair<const char*, const Strings*> strings[] = {{"text", &texts_},
                                                            {"id", &ids_},
                                                            {"voices", &voices_.strings},
                                                            {"languages", &languages_.strings},
                                                            {"sources", &sources_.strings}};
  for (const auto& [name, column] : strings) {
    tensors.push_back(
        formats::IntTensor(StrCat(name, ".ends"), {std::ssize(column->ends)}, column->ends));
  }
  add("codes.ends", DType::kI64, {clips}, code_ends_);
  add("voice", DType::kI32, {clips}, voice_);
  add("language", DType::kI32, {clips}, language_);
  add("source", DType::kI32, {clips}, source_);
  add("embedding", DType::kI32, {clips}, embedding_);
  add("flags", DType::kI32, {clips}, flags_);
  add("encoded_len", DType::kI32, {clips}, encoded_len_);
  add("embeddings", DType::kF32, {std::ssize(embedding_indices_), format_.speaker_emb_dim},
      embeddings_);
  add("codes", DType::kU16, {code_ends_.back(), format_.codebooks}, codes_);
  for (const auto& [name, column] : strings) {
    tensors.push_back(Tensor(name, DType::kU8, {std::ssize(column->bytes)}, column->bytes));
  }
  nlohmann::ordered_json description = {{"version", kShardVersion},
                                        {"codec", format_.codec},
                                        {"codebook_size", format_.codebook_size},
                                        {"frames_per_second", format_.frames_per_second}};
  for (const formats::NamedTensor& tensor : tensors) {
    description["crc32"][tensor.name] = Crc32Text(std::span(tensor.bytes));
  }
  const std::string text = description.dump();
  formats::WriteSafetensors(path, tensors,
                            {{std::string(kShardDescription), text},
                             {std::string(kShardDescriptionCrc), Crc32Text(text)}});
}

}  // namespace kani::train
