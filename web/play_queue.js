// When to play samples that arrive unevenly: a small store before the first sound (jitter buffer),
// one unbroken run after it. If a run dries up, the silence is measured and the store doubles.
// Knows no browser: the clock and what starts a sound are given.

// Sound started at this very moment would come late: seconds of head start.
const leadSeconds = 0.02;
// A piece that follows within this time may miss its start in the audio thread: that is a gap too.
const tightSeconds = 0.005;

export class PlayQueue {
  #rate;
  #now;
  #start;
  #hold;
  #most;
  #waiting = [];
  #waitingLength = 0;
  #runs = []; // {time, frame, length}: from clock time `time`, sample `frame` and the following
  #dry = null; // clock time at which the last run ended too early
  #flowing = false;
  #frames = 0; // samples handed to `start`

  /**
   * @param now () => seconds of the clock that `start` uses
   * @param start (samples, time) => void: plays `samples` from clock time `time`
   * @param hold seconds that must be there before sound begins; doubles after an underrun up to `most`
   */
  constructor({sampleRate, now, start, hold = 0.12, most = 4}) {
    this.#rate = sampleRate;
    this.#now = now;
    this.#start = start;
    this.#hold = hold;
    this.#most = most;
    this.underruns = 0;
    this.underrunSeconds = 0;
    this.finished = false;
  }

  /** Whether a sound has been started and nothing is being held back. */
  get flowing() {
    return this.#flowing;
  }

  push(samples) {
    if (samples.length === 0) return;
    if (this.#flowing && this.#now() + tightSeconds > this.#endTime()) {
      this.underruns += 1;
      this.#dry = this.#endTime();
      this.#flowing = false;
      this.#hold = Math.min(2 * this.#hold, this.#most);
    }
    this.#waiting.push(samples);
    this.#waitingLength += samples.length;
    if (this.#flowing || this.#waitingLength >= this.#hold * this.#rate) this.#release();
  }

  /** No more will come: what is held back is played. */
  finish() {
    this.finished = true;
    if (this.#waitingLength > 0) this.#release();
  }

  /** How many of the pushed samples have been heard at clock time `time`. */
  heard(time = this.#now()) {
    const run = this.#runs.findLast((each) => each.time <= time);
    if (!run) return 0;
    return run.frame + Math.min(run.length, Math.floor((time - run.time) * this.#rate));
  }

  #endTime() {
    const run = this.#runs.at(-1);
    return run.time + run.length / this.#rate;
  }

  #release() {
    if (!this.#flowing) {
      // On the grid of samples, or the browser would interpolate every piece.
      const time = Math.ceil((this.#now() + leadSeconds) * this.#rate) / this.#rate;
      if (this.#dry !== null) this.underrunSeconds += time - this.#dry;
      this.#dry = null;
      this.#runs.push({time, frame: this.#frames, length: 0});
      this.#flowing = true;
    }
    for (const samples of this.#waiting) {
      this.#start(samples, this.#endTime());
      this.#runs.at(-1).length += samples.length;
      this.#frames += samples.length;
    }
    this.#waiting = [];
    this.#waitingLength = 0;
  }
}
