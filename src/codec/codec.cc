#include "codec/codec.h"

#include <cmath>
#include <optional>

#include "base/error.h"
#include "codec/decoder.h"
#include "codec/encoder.h"
#include "codec/fsq.h"
#include "codec/layers.h"

namespace kani::codec {
namespace {

/// Tensors of the modules that are no part of encoding or decoding.
bool OnlyForTraining(std::string_view name) {
  const std::string_view module = name.substr(0, name.find('.'));
  return module == "discriminator" || module == "speaker_encoder" || module.ends_with("_loss_fn");
}

}  // namespace

struct Codec::Impl {
  Impl(weights::WeightReader& reader, const model::CodecConfig& codec_config,
       const model::CodecTensors& tensors, bool with_encoder)
      : device(reader.device()),
        config(codec_config),
        quantizer(codec_config.num_levels_per_group),
        decoder(reader, tensors.decoder) {
    if (with_encoder) encoder.emplace(reader, tensors.encoder);
  }

  kernels::Device& device;
  model::CodecConfig config;
  FiniteScalarQuantizer quantizer;  // of every codebook
  Decoder decoder;
  std::optional<Encoder> encoder;
  size_t weight_bytes = 0;

  /// The buffers repeat the configuration.
  void CheckQuantizerBuffers(weights::WeightReader& reader,
                             const model::CodecTensors& tensors) const {
    std::vector<int64_t> bases;
    for (int64_t d = 0; d < quantizer.dimensions(); ++d) bases.push_back(quantizer.base(d));
    for (const model::FsqTensors& buffers : tensors.quantizers) {
      reader.CheckIntegers(buffers.num_levels, config.num_levels_per_group);
      reader.CheckIntegers(buffers.dim_base_index, bases);
    }
  }
};

Codec::Codec(kernels::Device& device, const model::NemoArchive& archive, bool with_encoder) {
  model::RequireConsistent(archive.config, archive.weights->source());
  weights::WeightReader reader(device, *archive.weights);
  const model::CodecTensors tensors(archive.config);
  impl_ = std::make_unique<Impl>(reader, archive.config, tensors, with_encoder);
  impl_->CheckQuantizerBuffers(reader, tensors);
  reader.RejectUnknown([&](std::string_view name) {
    return OnlyForTraining(name) || (!with_encoder && name.starts_with("audio_encoder."));
  });
  impl_->weight_bytes = reader.bytes();
}

Codec::~Codec() = default;

const model::CodecConfig& Codec::config() const { return impl_->config; }
bool Codec::has_encoder() const { return impl_->encoder.has_value(); }
size_t Codec::weight_bytes() const { return impl_->weight_bytes; }

struct Codec::Workspace::Impl {
  Decoder::Workspace decoder;
  std::vector<float> latent;  // [F, D] of all streams of the call
};

Codec::Workspace::Workspace() : impl_(std::make_unique<Impl>()) {}
Codec::Workspace::~Workspace() = default;
Codec::Workspace::Workspace(Workspace&&) noexcept = default;

struct Codec::DecoderStream::State {
  Decoder::State decoder;
};

Codec::DecoderStream::DecoderStream(const Codec& codec)
    : codec_(&codec),
      state_(new State{Decoder::State(codec.impl_->device, codec.impl_->decoder)}) {}
Codec::DecoderStream::~DecoderStream() = default;
Codec::DecoderStream::DecoderStream(DecoderStream&&) noexcept = default;

void Codec::DecoderStream::Reset() { state_->decoder.Reset(); }

void Codec::DecoderStream::Decode(kernels::Ops& ops, Workspace& workspace,
                                  std::span<const int32_t> codes, std::vector<float>& out,
                                  const Trace& trace) {
  StreamFrames frames{.stream = this, .codes = codes, .out = &out, .failure = {}};
  codec_->DecodeStreams(ops, workspace, std::span(&frames, 1), trace);
  if (frames.failure) std::rethrow_exception(frames.failure);
}

void Codec::CheckCodes(std::span<const int32_t> codes) const {
  const int64_t codebooks = impl_->config.num_groups, size = impl_->quantizer.codebook_size();
  const int64_t count = std::ssize(codes);
  if (count % codebooks != 0) {
    Fail(ErrorCode::kInvalidArgument, count, " codes, expected a multiple of ", codebooks);
  }
  for (int64_t i = 0; i < count; ++i) {
    const int32_t code = codes[static_cast<size_t>(i)];
    if (code < 0 || code >= size) {
      Fail(ErrorCode::kInvalidArgument, "frame ", i / codebooks, ", codebook ", i % codebooks,
           ": code ", code, ", expected one in [0, ", size, ")");
    }
  }
}

void Codec::DecodeStreams(kernels::Ops& ops, Workspace& workspace, std::span<StreamFrames> streams,
                          const Trace& trace) const {
  const auto codebooks = static_cast<size_t>(impl_->config.num_groups);
  const auto dimensions = static_cast<size_t>(impl_->quantizer.dimensions());
  std::vector<StreamFrames*> decoded;
  size_t codes = 0;
  for (StreamFrames& frames : streams) {
    try {
      CheckCodes(frames.codes);
      decoded.push_back(&frames);
      codes += frames.codes.size();
    } catch (const Error&) {
      frames.failure = std::current_exception();
    }
  }
  std::vector<float>& latent = workspace.impl_->latent;
  latent.resize(codes * dimensions);
  std::vector<Decoder::Part> parts;
  std::span<float> rest(latent);
  for (const StreamFrames* frames : decoded) {
    const std::span<float> values = rest.first(frames->codes.size() * dimensions);
    rest = rest.subspan(values.size());
    for (size_t i = 0; i < frames->codes.size(); ++i) {
      impl_->quantizer.Decode(frames->codes[i], values.subspan(i * dimensions, dimensions));
    }
    const size_t count = frames->codes.size() / codebooks, first = frames->out->size();
    frames->out->resize(first + count * static_cast<size_t>(impl_->config.samples_per_frame));
    parts.push_back({.state = &frames->stream->state_->decoder,
                     .latent = values,
                     .samples = std::span(*frames->out).subspan(first)});
    if (trace) {
      trace("latent", values.data(), static_cast<int64_t>(count),
            static_cast<int64_t>(codebooks * dimensions));
    }
  }
  impl_->decoder.Run(ops, workspace.impl_->decoder, parts, trace);
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].finite) continue;
    const size_t frames = decoded[i]->codes.size() / codebooks;
    decoded[i]->out->resize(decoded[i]->out->size() -
                            frames * static_cast<size_t>(impl_->config.samples_per_frame));
    decoded[i]->failure = std::make_exception_ptr(Error(
        ErrorCode::kInvalidFile, "the samples are not finite: the codec's weights are damaged"));
  }
}

std::vector<float> Codec::Decode(kernels::Ops& ops, const Codes& codes, const Trace& trace) const {
  if (codes.codebooks != impl_->config.num_groups) {
    Fail(ErrorCode::kInvalidArgument, "codes of ", codes.codebooks, " codebooks, expected ",
         impl_->config.num_groups);
  }
  std::vector<float> samples;
  Workspace workspace;
  DecoderStream(*this).Decode(ops, workspace, codes.values, samples, trace);
  return samples;
}

Codes Codec::Encode(kernels::Ops& ops, std::span<const float> samples, const Trace& trace) const {
  if (!has_encoder()) {
    Fail(ErrorCode::kInvalidArgument, "the codec was loaded without its encoder");
  }
  if (samples.empty()) Fail(ErrorCode::kInvalidArgument, "no samples to encode");
  for (size_t i = 0; i < samples.size(); ++i) {
    if (!std::isfinite(samples[i])) {
      Fail(ErrorCode::kInvalidArgument, "sample ", i, " is ", samples[i],
           ", expected a finite number");
    }
  }
  const std::vector<float> latent = impl_->encoder->Run(ops, samples, trace);  // [F, Q * D]
  const auto dimensions = static_cast<size_t>(impl_->quantizer.dimensions());
  if (trace) {
    const int64_t width = impl_->config.encoder.encoded_dim;
    trace("encoded", latent.data(), std::ssize(latent) / width, width);
  }
  Codes codes{.codebooks = impl_->config.num_groups};
  codes.values.reserve(latent.size() / dimensions);
  for (size_t i = 0; i < latent.size(); i += dimensions) {
    codes.values.push_back(impl_->quantizer.Encode({latent.data() + i, dimensions}));
  }
  return codes;
}

}  // namespace kani::codec
