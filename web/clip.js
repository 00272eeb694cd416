// The samples of one utterance while it grows.

export class Clip {
  #samples;
  #length = 0;

  constructor(sampleRate) {
    this.sampleRate = sampleRate;
    this.complete = false;
    this.#samples = new Float32Array(4 * sampleRate);
  }

  get length() {
    return this.#length;
  }
  get seconds() {
    return this.#length / this.sampleRate;
  }

  append(samples) {
    const needed = this.#length + samples.length;
    if (needed > this.#samples.length) {
      const larger = new Float32Array(Math.max(needed, 2 * this.#samples.length));
      larger.set(this.#samples.subarray(0, this.#length));
      this.#samples = larger;
    }
    this.#samples.set(samples, this.#length);
    this.#length = needed;
  }

  /** A view of [from, end of what is there); invalid after the next append. */
  samplesFrom(from) {
    return this.#samples.subarray(Math.min(from, this.#length), this.#length);
  }
}
