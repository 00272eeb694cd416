// The microphone as samples. Nothing is compressed or "enhanced" on the way: echo cancelling and
// noise gates change a voice.

import {Problem} from './problem.js';

/** Why this page may not record, or null: browsers hide the microphone from plain HTTP pages. */
export function recordingRefused() {
  if (!window.isSecureContext) {
    return 'Browsers allow the microphone only on HTTPS pages or on localhost. ' +
        'Upload a recording instead, or open this page by HTTPS.';
  }
  if (!navigator.mediaDevices?.getUserMedia || !window.AudioWorkletNode) {
    return 'This browser cannot record. Upload a recording instead.';
  }
  return null;
}

const refusals = {
  NotAllowedError: ['The microphone was not allowed.', 'Allow it in the address bar, or upload a recording.'],
  NotFoundError: ['No microphone was found.', 'Plug one in, or upload a recording.'],
  NotReadableError: ['The microphone is in use by another program.', 'Close that program, or upload a recording.'],
};

export class Recorder {
  #context = null;
  #stream = null;
  #blocks = [];

  /** Called with every new block of samples. */
  onSamples = () => {};

  get recording() {
    return this.#context !== null;
  }
  get sampleRate() {
    return this.#context.sampleRate;
  }

  async start() {
    const audio = {echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1};
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({audio});
    } catch (error) {
      const [message, advice] = refusals[error.name] ?? [`The microphone failed: ${error.message}`, 'Upload a recording instead.'];
      throw new Problem(message, advice);
    }
    this.#blocks = [];
    this.#context = new AudioContext();
    await this.#context.audioWorklet.addModule('/studio/recorder_worklet.js');
    const tap = new AudioWorkletNode(this.#context, 'tap', {numberOfOutputs: 0});
    tap.port.onmessage = ({data}) => {
      this.#blocks.push(data);
      this.onSamples(data);
    };
    this.#context.createMediaStreamSource(this.#stream).connect(tap);
  }

  /** @returns {{samples: Float32Array, sampleRate: number}} all that was recorded */
  stop() {
    const {sampleRate} = this.#context;
    for (const track of this.#stream.getTracks()) track.stop();
    this.#context.close();
    this.#context = null;
    const samples = new Float32Array(this.#blocks.reduce((sum, block) => sum + block.length, 0));
    let at = 0;
    for (const block of this.#blocks) {
      samples.set(block, at);
      at += block.length;
    }
    this.#blocks = [];
    return {samples, sampleRate};
  }
}
