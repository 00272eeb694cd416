// The mel spectrogram of a stream: columns come out as samples go in, whatever the pieces' sizes.

export const melBands = 80;
const windowSize = 1024;
export const hopSize = 256;

/** In-place radix-2 FFT; the length is a power of two. */
export function fft(real, imaginary) {
  const size = real.length;
  for (let i = 1, j = 0; i < size; ++i) {
    let bit = size >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [real[i], real[j]] = [real[j], real[i]];
      [imaginary[i], imaginary[j]] = [imaginary[j], imaginary[i]];
    }
  }
  for (let half = 1; half < size; half *= 2) {
    const step = -Math.PI / half;
    for (let k = 0; k < half; ++k) {
      const c = Math.cos(step * k);
      const s = Math.sin(step * k);
      for (let i = k; i < size; i += 2 * half) {
        const j = i + half;
        const r = real[j] * c - imaginary[j] * s;
        const m = real[j] * s + imaginary[j] * c;
        real[j] = real[i] - r;
        imaginary[j] = imaginary[i] - m;
        real[i] += r;
        imaginary[i] += m;
      }
    }
  }
}

const toMel = (hz) => 2595 * Math.log10(1 + hz / 700);
const toHz = (mel) => 700 * (10 ** (mel / 2595) - 1);

/** Centre of mel band `band` in Hz at this sampling rate. */
export function bandCentre(band, sampleRate) {
  return toHz(((band + 1) * toMel(sampleRate / 2)) / (melBands + 1));
}

/** Triangles of equal width on the mel scale: per band the first bin and the weights from it on. */
function filterBank(sampleRate) {
  const binHz = sampleRate / windowSize;
  return Array.from({length: melBands}, (_, band) => {
    const [low, peak, high] = [band - 1, band, band + 1].map((b) => bandCentre(b, sampleRate));
    const first = Math.ceil(low / binHz);
    const weights = [];
    for (let bin = first; bin * binHz < high; ++bin) {
      const hz = bin * binHz;
      weights.push(hz < peak ? (hz - low) / (peak - low) : (high - hz) / (high - peak));
    }
    // Low bands are narrower than a bin: they take the bin nearest to their centre.
    if (!weights.some((w) => w > 0)) return {first: Math.round(peak / binHz), weights: [1]};
    return {first, weights};
  });
}

// What is shown, in dB of a band's energy: quiet rooms are empty, loud vowels full.
const floorDb = -35;
const ceilingDb = 34;

export class MelStream {
  #bank;
  #window = Float32Array.from(
    {length: windowSize}, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / windowSize));
  #tail = new Float32Array(windowSize - hopSize); // as if silence had come before
  #real = new Float64Array(windowSize);
  #imaginary = new Float64Array(windowSize);

  constructor(sampleRate) {
    this.#bank = filterBank(sampleRate);
  }

  /** @returns {Uint8Array[]} columns of melBands values, lowest band first: 0 quiet, 255 loud */
  push(samples) {
    const held = new Float32Array(this.#tail.length + samples.length);
    held.set(this.#tail);
    held.set(samples, this.#tail.length);
    const columns = [];
    let at = 0;
    for (; at + windowSize <= held.length; at += hopSize) columns.push(this.#column(held, at));
    this.#tail = held.slice(at);
    return columns;
  }

  #column(samples, at) {
    for (let i = 0; i < windowSize; ++i) this.#real[i] = samples[at + i] * this.#window[i];
    this.#imaginary.fill(0);
    fft(this.#real, this.#imaginary);
    return Uint8Array.from(this.#bank, ({first, weights}) => {
      let energy = 1e-10;
      for (let i = 0; i < weights.length; ++i) {
        const bin = first + i;
        energy += weights[i] * (this.#real[bin] ** 2 + this.#imaginary[bin] ** 2);
      }
      const db = 10 * Math.log10(energy);
      return 255 * Math.max(0, Math.min(1, (db - floorDb) / (ceilingDb - floorDb)));
    });
  }
}
