#include "train/data/shard.h"

#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "formats/json.h"
#include "formats/safetensors.h"
#include "text/unicode.h"
#include "train/data/checksum.h"
#include "train/data/shard_layout.h"

namespace kani::train {
namespace {

template <typename T>
T Load(std::span<const std::byte> section, int64_t index) {
  T value;
  std::memcpy(&value, section.data() + static_cast<size_t>(index) * sizeof(T), sizeof(T));
  return value;
}

int64_t BeginOf(std::span<const std::byte> ends, int64_t index) {
  return index == 0 ? 0 : Load<int64_t>(ends, index - 1);
}

}  // namespace

/// Fills a Shard from bytes, checking each section as it comes.
class ShardReader {
 public:
  ShardReader(Shard& shard, const std::string& source)
      : shard_(shard), source_(source), store_(formats::ParseSafetensors(shard.bytes_, source)) {}

  void Read(Checksums checksums) {
    const nlohmann::json description = Description(checksums);
    const formats::JsonReader reader(description, source_);
    (void)reader.Int("version", kShardVersion, kShardVersion);
    shard_.format_.codec = reader.String("codec");
    shard_.format_.codebook_size =
        static_cast<int32_t>(reader.Int("codebook_size", 2, kMaxCodebookSize));
    shard_.format_.frames_per_second = reader.Number("frames_per_second");
    ReadCodes();
    CheckFormat(shard_.format_, ErrorCode::kInvalidFile, source_);
    shard_.texts_ = ReadStrings("text", 1, kMaxTextBytes, shard_.size_);
    shard_.ids_ = ReadStrings("id", 1, kMaxNameBytes, shard_.size_);
    shard_.voices_ = ReadStrings("voices", 0, kMaxNameBytes);
    shard_.languages_ = ReadStrings("languages", 0, kMaxNameBytes);
    shard_.sources_ = ReadStrings("sources", 0, kMaxNameBytes);
    shard_.voice_ = ReadColumn("voice", 0, Count(shard_.voices_));
    shard_.language_ = ReadColumn("language", 0, Count(shard_.languages_));
    shard_.source_ = ReadColumn("source", 0, Count(shard_.sources_));
    shard_.embedding_ = ReadColumn("embedding", -1, ReadEmbeddings());
    shard_.encoded_len_ = ReadColumn("encoded_len", 0, int64_t{INT32_MAX} + 1);
    shard_.flags_ = ReadColumn("flags", INT32_MIN, int64_t{INT32_MAX} + 1);
    store_->RejectUnknown([&](std::string_view name) { return sections_.contains(name); });
    if (checksums == Checksums::kVerify) {
      CheckSections(formats::JsonReader(reader.Object("crc32"), source_));
    }
  }

 private:
  using Bytes = std::span<const std::byte>;

  template <typename... Parts>
  [[noreturn]] void Bad(const Parts&... parts) const {
    Fail(ErrorCode::kInvalidFile, source_, ": ", parts...);
  }

  static int64_t Count(const Shard::Strings& strings) {
    return std::ssize(strings.ends) / static_cast<int64_t>(sizeof(int64_t));
  }

  nlohmann::json Description(Checksums checksums) {
    const auto text = store_->metadata().find(kShardDescription);
    if (text == store_->metadata().end()) {
      Bad("is no shard: metadata ", Quoted(kShardDescription), " is missing");
    }
    shard_.checksum_ = Crc32Text(text->second);
    const auto crc = store_->metadata().find(kShardDescriptionCrc);
    if (checksums == Checksums::kVerify &&
        (crc == store_->metadata().end() || crc->second != shard_.checksum_)) {
      Bad("description: checksum ", shard_.checksum_, ", expected ",
          crc == store_->metadata().end() ? "one" : Quoted(crc->second));
    }
    return formats::ParseJson(text->second, source_);
  }

  const TensorView& Section(const std::string& name, DType dtype, const Shape& shape) {
    const TensorView& view = store_->Get(name, shape);
    if (view.dtype != dtype) {
      Bad(name, ": type ", DTypeName(view.dtype), ", expected ", DTypeName(dtype));
    }
    sections_.emplace(name, view.bytes);
    return view;
  }

  /// Ends of items of `low` to `high` units each that fill `total` units, all of them.
  void CheckEnds(const std::string& name, Bytes ends, int64_t total, int64_t low, int64_t high) {
    int64_t begin = 0;
    const int64_t count = std::ssize(ends) / static_cast<int64_t>(sizeof(int64_t));
    for (int64_t i = 0; i < count; ++i) {
      const auto end = Load<int64_t>(ends, i);
      if (end < begin || end > total || end - begin < low || end - begin > high) {
        Bad(name, " ", i, ": from ", begin, " to ", end, " of ", total, ", expected a length of ",
            low, " to ", high);
      }
      begin = end;
    }
    if (begin != total) Bad(name, ": ", count, " items end at ", begin, ", expected ", total);
  }

  Shard::Strings ReadStrings(const std::string& name, int64_t low, int64_t high,
                             int64_t count = -1) {
    Shard::Strings strings;
    strings.bytes = Section(name, DType::kU8, {-1}).bytes;
    strings.ends = Section(name + ".ends", DType::kI64, {count}).bytes;
    CheckEnds(name, strings.ends, std::ssize(strings.bytes), low, high);
    if (Count(strings) > kMaxClips) Bad(name, ": ", Count(strings), " items");
    for (int64_t i = 0; i < Count(strings); ++i) {
      try {
        text::RequireUtf8(strings.Get(i));
      } catch (const Error& error) {
        Bad(name, " ", i, ": ", error.what());
      }
    }
    return strings;
  }

  /// A number of [low, high) for each clip.
  Bytes ReadColumn(const std::string& name, int64_t low, int64_t high) {
    const Bytes values = Section(name, DType::kI32, {shard_.size_}).bytes;
    for (int64_t i = 0; i < shard_.size_; ++i) {
      const auto value = Load<int32_t>(values, i);
      if (value < low || value >= high) {
        Bad("clip ", i, ": ", name, " ", value, ", expected [", low, ", ", high, ")");
      }
    }
    return values;
  }

  void ReadCodes() {
    const TensorView& ends = Section("codes.ends", DType::kI64, {-1});
    shard_.size_ = ends.size();
    if (shard_.size_ < 1 || shard_.size_ > kMaxClips) {
      Bad(shard_.size_, " clips, expected 1 to ", kMaxClips);
    }
    const TensorView& codes = Section("codes", DType::kU16, {-1, -1});
    shard_.frames_ = codes.shape[0];
    if (codes.shape[1] < 1 || codes.shape[1] > kMaxCodebooks) {
      Bad("codes: ", codes.shape[1], " codebooks, expected 1 to ", kMaxCodebooks);
    }
    shard_.format_.codebooks = static_cast<int32_t>(codes.shape[1]);
    CheckEnds("codes", ends.bytes, shard_.frames_, 1, kMaxFrames);
    for (int64_t i = 0; i < codes.size(); ++i) {
      const auto code = Load<uint16_t>(codes.bytes, i);
      if (code >= shard_.format_.codebook_size) {
        Bad("codes: ", code, " in frame ", i / codes.shape[1], ", expected [0, ",
            shard_.format_.codebook_size, ")");
      }
    }
    shard_.code_ends_ = ends.bytes;
    shard_.codes_ = codes.bytes;
  }

  /// @return how many.
  int64_t ReadEmbeddings() {
    const TensorView& view = Section("embeddings", DType::kF32, {-1, -1});
    const int64_t dim = view.shape[1];
    if (dim > kMaxSpeakerEmbDim || view.shape[0] > (dim == 0 ? 0 : kMaxClips)) {
      Bad("embeddings: shape ", ShapeString(view.shape));
    }
    for (int64_t i = 0; i < view.size(); ++i) {
      if (!std::isfinite(Load<float>(view.bytes, i))) {
        Bad("embedding ", i / dim, " is not finite");
      }
    }
    shard_.format_.speaker_emb_dim = static_cast<int32_t>(dim);
    shard_.embeddings_ = view.bytes;
    return view.shape[0];
  }

  void CheckSections(const formats::JsonReader& expected) const {
    for (const auto& [name, bytes] : sections_) {
      const std::string found = Crc32Text(bytes);
      if (expected.String(name) != found) {
        Bad(name, ": checksum ", found, ", expected ", Quoted(expected.String(name)));
      }
    }
  }

  Shard& shard_;
  std::string source_;
  std::unique_ptr<formats::TensorStore> store_;
  std::map<std::string, Bytes, std::less<>> sections_;
};

Shard::Shard(const std::filesystem::path& path) : file_(path), bytes_(file_.bytes()) {
  ShardReader(*this, Quoted(path.string())).Read(Checksums::kVerify);
}

Shard::Shard(std::span<const std::byte> bytes, const std::string& source, Checksums checksums)
    : bytes_(bytes) {
  ShardReader(*this, source).Read(checksums);
}

std::string Shard::Strings::Get(int64_t index) const {
  const int64_t begin = BeginOf(ends, index);
  return {reinterpret_cast<const char*>(bytes.data()) + begin,
          static_cast<size_t>(Load<int64_t>(ends, index) - begin)};
}

Utterance Shard::Get(int64_t index) const {
  KANI_DCHECK(index >= 0 && index < size_);
  Utterance out;
  out.id = ids_.Get(index);
  out.text = texts_.Get(index);
  out.voice = voices_.Get(Load<int32_t>(voice_, index));
  out.language = languages_.Get(Load<int32_t>(language_, index));
  out.source = sources_.Get(Load<int32_t>(source_, index));
  out.flags = Load<uint32_t>(flags_, index);
  out.encoded_len = Load<int32_t>(encoded_len_, index);
  const int64_t begin = BeginOf(code_ends_, index);
  out.codes.resize(
      static_cast<size_t>((Load<int64_t>(code_ends_, index) - begin) * format_.codebooks));
  std::memcpy(out.codes.data(),
              codes_.data() + static_cast<size_t>(begin * format_.codebooks) * sizeof(uint16_t),
              out.codes.size() * sizeof(uint16_t));
  const auto embedding = Load<int32_t>(embedding_, index);
  if (embedding >= 0) {
    out.embedding.resize(static_cast<size_t>(format_.speaker_emb_dim));
    const size_t bytes = out.embedding.size() * sizeof(float);
    std::memcpy(out.embedding.data(), embeddings_.data() + static_cast<size_t>(embedding) * bytes,
                bytes);
  }
  return out;
}

}  // namespace kani::train
