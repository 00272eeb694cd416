// Quantiser case: value of every code, and codes around every rounding border, per set of levels.
#include <algorithm>
#include <cmath>

#include "apps/dev/verify/parity_case.h"
#include "base/error.h"
#include "codec/fsq.h"

namespace kani::dev {
namespace {

/// "levels_9x8x8x7.safetensors" -> 9, 8, 8, 7.
std::vector<int64_t> LevelsOf(const std::string& file) {
  std::vector<int64_t> levels;
  int64_t number = 0;
  for (char c : file) {
    if (c >= '0' && c <= '9') {
      number = number * 10 + (c - '0');
    } else if (number > 0) {
      levels.push_back(number);
      number = 0;
    }
  }
  return levels;
}

/// Codes of latents stored [D, N].
std::vector<int32_t> EncodeAll(const codec::FiniteScalarQuantizer& quantizer,
                               std::span<const float> latents) {
  const auto d = static_cast<size_t>(quantizer.dimensions()), count = latents.size() / d;
  std::vector<int32_t> codes;
  std::vector<float> latent(d);
  for (size_t n = 0; n < count; ++n) {
    for (size_t i = 0; i < d; ++i) latent[i] = latents[i * count + n];
    codes.push_back(quantizer.Encode(latent));
  }
  return codes;
}

/// Values [D, N] of codes.
std::vector<float> DecodeAll(const codec::FiniteScalarQuantizer& quantizer,
                             std::span<const int32_t> codes) {
  const auto d = static_cast<size_t>(quantizer.dimensions());
  std::vector<float> values(d * codes.size()), latent(d);
  for (size_t n = 0; n < codes.size(); ++n) {
    quantizer.Decode(codes[n], latent);
    for (size_t i = 0; i < d; ++i) values[i * codes.size() + n] = latent[i];
  }
  return values;
}

}  // namespace

void VerifyQuantiser(ParityCase& parity) {
  for (const std::string& file : parity.Files()) {
    const codec::FiniteScalarQuantizer quantizer(LevelsOf(file));
    std::vector<int32_t> every(static_cast<size_t>(quantizer.codebook_size()));
    for (size_t code = 0; code < every.size(); ++code) every[code] = static_cast<int32_t>(code);
    const std::vector<float> values = DecodeAll(quantizer, every);
    parity.Compare(file, "all_codes", values);
    // As the golden was made: values pulled in from +-1, where atanh is infinite.
    std::vector<float> latents(values.size());
    std::transform(values.begin(), values.end(), latents.begin(),
                   [](float value) { return std::atanh(std::clamp(value, -0.95f, 0.95f)); });
    parity.CompareInts(file, "reencoded", EncodeAll(quantizer, latents));

    std::vector<int32_t> codes = EncodeAll(quantizer, parity.Floats(file, "inputs"));
    parity.CompareInts(file, "tokens", codes);
    parity.Compare(file, "dequantised", DecodeAll(quantizer, codes));
    std::fill(codes.end() - 5, codes.end(), 0);  // beyond a clip's length upstream writes 0
    parity.CompareInts(file, "tokens_masked_last_5", codes);
    for (const char* tensor : {"gradient_weights", "gradient_of_inputs"}) {
      parity.NotReproduced(file, tensor, "training only");
    }
  }
}

}  // namespace kani::dev
