#include "train/encode/clip_encoder.h"

#include "audio/resampler.h"
#include "base/error.h"
#include "base/mapped_file.h"
#include "model/nemo.h"
#include "train/data/checksum.h"
#include "train/data/shard_layout.h"

namespace kani::train {

ClipModels::ClipModels(const EncoderPaths& paths, const std::string& device)
    : device_(kernels::MakeDevice(device)),
      codec_(std::make_unique<codec::Codec>(*device_, model::OpenNemo(paths.codec), true)) {
  if (paths.speaker_encoder) speaker_ = speaker::Encoder::Load(*device_, *paths.speaker_encoder);
  CorpusFormat checked = format();
  checked.codec = paths.codec.filename().string();
  CheckFormat(checked, ErrorCode::kInvalidArgument, Quoted(paths.codec.string()));
}

CorpusFormat ClipModels::format() const {
  const model::CodecConfig& config = codec_->config();
  CorpusFormat out;
  out.codebooks = static_cast<int32_t>(config.num_groups);
  out.codebook_size = static_cast<int32_t>(config.codebook_size());
  out.frames_per_second =
      static_cast<double>(config.sample_rate_hz) / static_cast<double>(config.samples_per_frame);
  out.speaker_emb_dim = speaker_ == nullptr ? 0 : static_cast<int32_t>(speaker_->embedding_size());
  return out;
}

void ClipEncoder::Encode(std::span<const float> samples, int sample_rate_hz, Utterance& out) const {
  const codec::Codec& codec = *models_->codec_;
  const int codec_rate_hz = static_cast<int>(codec.config().sample_rate_hz);
  const codec::Codes codes =
      codec.Encode(*ops_, audio::Resample(samples, sample_rate_hz, codec_rate_hz));
  out.codes.assign(codes.values.begin(), codes.values.end());
  out.encoded_len = static_cast<int32_t>(codes.frames());
  out.embedding.clear();
  const double seconds = static_cast<double>(samples.size()) / sample_rate_hz;
  const speaker::Encoder* encoder = models_->speaker_.get();
  if (encoder == nullptr || seconds < speaker::kMinSeconds) return;
  const speaker::Recording recording{{samples.begin(), samples.end()}, sample_rate_hz, out.id};
  try {
    out.embedding = speaker::EmbedRecording(*ops_, *encoder, recording);
  } catch (const Error& error) {
    // It looks at the beginning alone, which may be silent where the clip is not.
    if (error.code() != ErrorCode::kInvalidArgument) throw;
  }
}

std::string SpeakerEncoderIdentity(const std::filesystem::path& folder) {
  for (const char* name : {"model.safetensors", "pytorch_model.bin"}) {
    if (std::error_code error; std::filesystem::exists(folder / name, error)) {
      return Crc32Text(MappedFile(folder / name).bytes());
    }
  }
  Fail(ErrorCode::kNotFound, Quoted(folder.string()),
       ": holds no weights of a speaker encoder (model.safetensors or pytorch_model.bin)");
}

std::string CodecIdentity(const std::filesystem::path& codec) {
  const MappedFile file(codec);
  return "nemo-crc32-" + Crc32Text(file.bytes());
}

}  // namespace kani::train
