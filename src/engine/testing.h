// Requests to the small model for the tests of the engine.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace kani::engine {

/// The model that ships: it has learnt enough for every input to matter.
inline model::ModelPaths MiniPaths() { return model::FindModel({.search_path = {KANI_MODELS}}); }

inline voices::Voice MiniVoice(const char* name) {
  return voices::LoadVoice(
      std::filesystem::path(KANI_MODELS) / "mini/voices" / (std::string(name) + ".json"), 128);
}

/// So many pieces, three frames each at most: quick under sanitizers.
inline SpeechRequest TestRequest(uint64_t seed, int pieces) {
  SpeechRequest request;
  for (int i = 0; i < pieces; ++i) request.text += "This sentence is as long as a piece. ";
  request.language = "en";
  request.voice = MiniVoice("ada");
  request.seed = seed;
  request.max_seconds = 0.24;
  request.max_chunk_characters = 40;
  return request;
}

inline std::vector<float> Collect(Engine& engine, const SpeechRequest& request,
                                  const Delivery& delivery = {}) {
  std::vector<float> pcm;
  engine.Speak(
      request,
      [&](std::span<const float> chunk) {
        pcm.insert(pcm.end(), chunk.begin(), chunk.end());
        return true;
      },
      delivery);
  return pcm;
}

/// Requests that differ in text, voice, rate, pieces and chunks.
inline const std::vector<SpeechRequest>& Variants() {
  static const std::vector<SpeechRequest> variants = [] {
    std::vector<SpeechRequest> all;
    for (const int pieces : {1, 1, 2, 5}) {
      all.push_back(TestRequest(all.size(), pieces));
    }
    all[1].voice = MiniVoice("edwin");
    all[2].output_sample_rate_hz = 16000;
    all[2].max_chunk_frames = 1;
    all.push_back(TestRequest(9, 1));
    all.back().voice.reset();
    all.back().text = "A long prompt in one piece. " + all.back().text + all.back().text +
                      all.back().text + all.back().text;
    all.back().max_chunk_characters = 0;
    all.push_back(TestRequest(0, 1));  // ends by itself
    all.back().text = "Hello, how are you?";
    all.back().voice = MiniVoice("heart");
    all.back().sampling.temperature = 0;
    all.back().max_seconds = 0;
    return all;
  }();
  return variants;
}

/// The samples of each on an engine that has nothing else to do.
inline const std::vector<std::vector<float>>& Alone() {
  static const std::vector<std::vector<float>> alone = [] {
    Engine engine({.paths = MiniPaths(), .threads = 1, .limits = {.prompt_cache_bytes = 0}});
    std::vector<std::vector<float>> samples;
    for (const SpeechRequest& request : Variants()) samples.push_back(Collect(engine, request));
    return samples;
  }();
  return alone;
}

}  // namespace kani::engine
