// The parts of a random model of the official size: one file writes each.
#pragma once

#include <cstdint>
#include <filesystem>

namespace kani::dev {

// nineninesix/kani-tts-2-en: what more than one part has to know.
inline constexpr int64_t kTextVocab = 64400, kAddedTokens = 16138;
inline constexpr int64_t kSpeakerSize = 128;

/// config.json and model.safetensors in bf16, sizes of nineninesix/kani-tts-2-en. Throws kIo, as
/// all of these do.
void WriteRandomLanguageModel(const std::filesystem::path& folder);
/// tokenizer.json: byte-level BPE of the official size.
void WriteRandomTokenizer(const std::filesystem::path& folder);
/// Sizes of nvidia/nemo-nano-codec-22khz-0.6kbps-12.5fps, fp32.
void WriteRandomCodec(const std::filesystem::path& path);
/// config.json and model.safetensors in fp32, sizes of nineninesix/speaker-emb-tbr.
void WriteRandomSpeakerEncoder(const std::filesystem::path& folder);

}  // namespace kani::dev
