// The outline of a waveform: lowest and highest sample of every piece of equal length.

export class PeakStream {
  #size;
  #filled = 0;

  /** @param size samples per pair */
  constructor(size) {
    this.#size = size;
    this.lows = [];
    this.highs = [];
  }

  push(samples) {
    for (const sample of samples) {
      if (this.#filled === 0) {
        this.lows.push(sample);
        this.highs.push(sample);
      } else {
        const last = this.lows.length - 1;
        if (sample < this.lows[last]) this.lows[last] = sample;
        if (sample > this.highs[last]) this.highs[last] = sample;
      }
      this.#filled = (this.#filled + 1) % this.#size;
    }
  }
}
