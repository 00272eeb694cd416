// Codec cases: every stage of decoder and encoder, codes and audio, for each archive of the folder.
#include "codec/codec.h"

#include "apps/dev/verify/models.h"
#include "apps/dev/verify/parity_case.h"
#include "base/error.h"

namespace kani::dev {
namespace {

bool AlwaysTransposed(std::string_view) { return true; }

void VerifyDecode(ParityCase& parity, kernels::Ops& ops, const codec::Codec& codec,
                  const std::string& file) {
  const Shape shape = parity.ShapeOf(file, "tokens");  // [Q, F]
  const codec::Codes codes{shape.at(0),
                           Transposed(parity.Ints(file, "tokens"), shape.at(0), shape.at(1))};
  parity.Compare(file, "audio", codec.Decode(ops, codes, parity.Tracer(file, AlwaysTransposed)));
}

void VerifyEncode(ParityCase& parity, kernels::Ops& ops, const codec::Codec& codec,
                  const std::string& file) {
  const codec::Codes codes =
      codec.Encode(ops, parity.Floats(file, "audio"), parity.Tracer(file, AlwaysTransposed));
  parity.CompareInts(file, "tokens", Transposed(codes.values, codes.frames(), codes.codebooks));
}

/// NeMo's batch of unequal lengths. We encode items one by one, so its second row is not
/// reproduced; `short_item_alone` is the same clip by itself.
void VerifyEncodeBatch(ParityCase& parity, kernels::Ops& ops, const codec::Codec& codec,
                       const std::string& file) {
  const std::vector<int32_t> lengths = parity.Ints(file, "audio_len");
  const std::vector<float> audio = parity.Floats(file, "audio");  // [2, S]
  const auto stride = static_cast<size_t>(parity.ShapeOf(file, "audio").at(1));
  std::vector<int32_t> frames;
  for (size_t item = 0; item < lengths.size(); ++item) {
    const auto samples =
        std::span(audio).subspan(item * stride, static_cast<size_t>(lengths[item]));
    const bool short_item = static_cast<size_t>(lengths[item]) < stride;
    const codec::Codes codes = codec.Encode(
        ops, samples,
        [&](std::string_view name, const float* values, int64_t rows, int64_t columns) {
          if (name == "encoded" && short_item) {
            parity.CompareTransposed(file, "short_item_alone", values, rows, columns);
          }
        });
    frames.push_back(static_cast<int32_t>(codes.frames()));
  }
  parity.CompareInts(file, "encoded_len", frames);
  parity.NotReproduced(
      file, "encoded",
      "upstream's batch lets padding into the shorter clip; ours encodes clips alone");
}

}  // namespace

void VerifyCodec(ParityCase& parity, const VerifySettings& settings) {
  const auto ops = kernels::MakeOps(settings.device, settings.threads);
  int archives = 0;
  for (const auto& entry : std::filesystem::directory_iterator(parity.folder())) {
    if (entry.path().extension() != ".nemo") continue;
    ++archives;
    const codec::Codec codec(ops->device(), model::OpenNemo(entry.path()), /*with_encoder=*/true);
    for (const std::string& file : parity.Files()) {
      if (file == "decode.safetensors") VerifyDecode(parity, *ops, codec, file);
      if (file == "encode.safetensors") VerifyEncode(parity, *ops, codec, file);
      if (file == "encode_batch.safetensors") VerifyEncodeBatch(parity, *ops, codec, file);
    }
  }
  if (archives == 0) parity.Fail("*.nemo", "no codec archive in the folder");
}

}  // namespace kani::dev
