// From a request to sound on the stage: one at a time, a new one ends the last.

import {Clip} from './clip.js';
import {announce, clearProblem, showProblem} from './notice.js';
import {expectedSeconds, seconds} from './words.js';

export class Speaking {
  #api;
  #stage;
  #controller = null;

  /** Called when a request begins or ends. */
  onchange = () => {};
  /** (utterance) => void, when one is complete. */
  ondone = () => {};

  constructor(api, stage) {
    this.#api = api;
    this.#stage = stage;
  }

  get running() {
    return this.#controller !== null;
  }

  /** Ends the request (the server stops within a frame) and the sound. */
  stop() {
    this.#controller?.abort();
    this.#stage.pause();
  }

  /** @param sampleRate that the model speaks at: played without conversion */
  async speak(request, sampleRate) {
    this.stop();
    clearProblem('problem');
    this.#stage.unlock(sampleRate);
    const controller = new AbortController();
    this.#controller = controller;
    this.onchange();
    announce('Speaking.');

    const started = performance.now();
    const utterance = {
      request, clip: null, voice: null, seed: null, cut: false, remark: null,
      timing: {firstAudio: null, rate: null},
    };
    try {
      const done = await this.#api.stream({...request, sample_rate: sampleRate}, {
        signal: controller.signal,
        onStart: (answer) => {
          utterance.voice = answer.voice;
          utterance.clip = new Clip(answer.sampleRate);
          this.#stage.begin(utterance, expectedSeconds(request.input, request.speed));
        },
        onSamples: (samples) => {
          // A stopped request may still deliver what was under way.
          if (!controller.signal.aborted) this.#take(utterance, samples, started);
        },
      });
      this.#complete(utterance, done);
    } catch (error) {
      utterance.cut = true;
      if (utterance.clip && this.#stage.utterance === utterance) this.#stage.finish();
      if (error.name === 'AbortError') announce('Stopped.');
      else if (this.#controller === controller) showProblem('problem', error);
    } finally {
      if (this.#controller === controller) this.#controller = null;
      this.onchange();
    }
  }

  #take(utterance, samples, started) {
    const {timing, clip} = utterance;
    const elapsed = (performance.now() - started) / 1000;
    timing.firstAudio ??= elapsed;
    timing.rate = (clip.seconds + samples.length / clip.sampleRate) / elapsed;
    this.#stage.append(samples);
  }

  #complete(utterance, done) {
    utterance.seed = done.seed ?? null;
    utterance.seconds = utterance.clip.seconds;
    if (done.stop_reason === 'length_limit') {
      utterance.remark = 'A sentence found no end and was stopped. Another seed or a lower variation may help.';
    } else if (utterance.timing.rate < 1) {
      utterance.remark = 'This machine makes speech slower than it plays. Played again it runs without gaps.';
    }
    this.#stage.finish();
    announce(`Done: ${seconds(utterance.seconds)}.`);
    this.ondone(utterance);
  }
}
