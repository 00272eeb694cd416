// Plays a clip through Web Audio while it is still growing; pause and seek at any time.
// Buffer sources at exact times instead of an AudioWorklet: worklets are refused where the page
// came over plain HTTP from another machine.

import {PlayQueue} from './play_queue.js';

export class Player {
  #context = null;
  #clip = null;
  #queue = null;
  #origin = 0; // sample of the clip at which the queue began
  #sources = new Set();

  /** Called when playing starts, stops or ends. */
  onchange = () => {};
  underruns = 0;
  underrunSeconds = 0;

  get playing() {
    return this.#queue !== null;
  }

  /** Samples of the clip that have been heard: where the play head is. */
  get position() {
    if (!this.#queue) return this.#origin;
    return this.#origin + this.#queue.heard();
  }

  /** Must be called from a click or key press: browsers keep silent otherwise. */
  unlock(sampleRate) {
    if (this.#context?.sampleRate !== sampleRate) {
      this.#context?.close();
      // At the clip's own rate the browser converts one unbroken stream instead of every piece.
      this.#context = new AudioContext({sampleRate, latencyHint: 'interactive'});
    }
    return this.#context.resume();
  }

  load(clip) {
    this.pause();
    this.#clip = clip;
    this.#origin = 0;
    this.underruns = 0;
    this.underrunSeconds = 0;
  }

  /** Plays from sample `from` (where it stopped, or from the start after the end). */
  play(from = this.#origin) {
    this.#halt();
    this.unlock(this.#clip.sampleRate);
    this.#origin = this.#clip.complete && from >= this.#clip.length ? 0 : from;
    this.#queue = new PlayQueue({
      sampleRate: this.#clip.sampleRate,
      now: () => this.#context.currentTime,
      start: (samples, time) => this.#start(samples, time),
    });
    this.#queue.push(this.#clip.samplesFrom(this.#origin));
    if (this.#clip.complete) this.#queue.finish();
    this.onchange();
  }

  pause() {
    this.#origin = this.position;
    this.#halt();
    this.onchange();
  }

  /** Tells that `samples` were appended to the clip. */
  append(samples) {
    this.#queue?.push(samples);
  }

  /** Tells that the clip is complete. */
  finish() {
    this.#queue?.finish();
    if (this.#queue && this.#sources.size === 0) this.#end();
  }

  #start(samples, time) {
    const buffer = this.#context.createBuffer(1, samples.length, this.#clip.sampleRate);
    buffer.copyToChannel(samples, 0);
    const source = new AudioBufferSourceNode(this.#context, {buffer});
    source.connect(this.#context.destination);
    source.onended = () => {
      this.#sources.delete(source);
      if (this.#sources.size === 0 && this.#queue?.finished) this.#end();
    };
    this.#sources.add(source);
    source.start(time);
  }

  #end() {
    this.#halt();
    this.#origin = 0;
    this.onchange();
  }

  #halt() {
    if (this.#queue) {
      this.underruns += this.#queue.underruns;
      this.underrunSeconds += this.#queue.underrunSeconds;
    }
    this.#queue = null;
    for (const source of this.#sources) {
      source.onended = null;
      source.stop();
      source.disconnect();
    }
    this.#sources.clear();
  }

  /** Gaps that were heard so far, of the running playback too. */
  get gaps() {
    return {
      count: this.underruns + (this.#queue?.underruns ?? 0),
      seconds: this.underrunSeconds + (this.#queue?.underrunSeconds ?? 0),
    };
  }
}
