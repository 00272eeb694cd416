// One utterance as it is made: heard, drawn and timed. Also shows utterances of the history again.

import {fitCanvas} from './canvas.js';
import {byId, icon} from './dom.js';
import {hopSize, MelStream} from './mel.js';
import {PeakStream} from './peaks.js';
import {Player} from './player.js';
import {Spectrogram} from './spectrogram.js';
import {drawWaveform} from './waveform.js';
import {clock, delay, seconds} from './words.js';

export class Stage {
  #player = new Player();
  #spectrogram = new Spectrogram();
  #utterance = null;
  #peaks = null;
  #mel = null;
  #expectedSeconds = 1;
  #frame = 0;

  /** Called when playing begins or stops. */
  onchange = () => {};

  constructor() {
    byId('play').addEventListener('click', () => this.toggle());
    byId('seek').addEventListener('input', () => this.#seek());
    for (const id of ['waveform', 'spectrogram']) fitCanvas(byId(id), () => this.#draw());
    this.#player.onchange = () => {
      this.#showPlaying();
      this.#draw();
      this.onchange();
    };
  }

  get playing() {
    return this.#player.playing;
  }

  get utterance() {
    return this.#utterance;
  }

  /** From the click that will lead to sound. */
  unlock(sampleRate) {
    return this.#player.unlock(sampleRate);
  }

  /** Empties the stage for an utterance whose sound is about to come, and plays it as it does. */
  begin(utterance, expectedSeconds) {
    this.#reset(utterance, expectedSeconds);
    this.#player.play(0);
  }

  append(samples) {
    this.#utterance.clip.append(samples);
    this.#analyse(samples);
    this.#player.append(samples);
    this.#showFigures();
    this.#animate();
  }

  /** The sound is complete, or cut: no more will come. */
  finish() {
    this.#utterance.clip.complete = true;
    this.#player.finish();
    this.#showFigures();
    this.#showPlaying();
    this.#draw();
  }

  /** Shows an utterance whose sound is there, and plays it. */
  replay(utterance) {
    this.#reset(utterance, utterance.clip.seconds);
    this.#analyse(utterance.clip.samplesFrom(0));
    this.#showFigures();
    this.#player.play(0);
  }

  toggle() {
    if (!this.#utterance) return;
    if (this.playing) this.#player.pause();
    else this.#player.play();
  }

  pause() {
    if (this.playing) this.#player.pause();
  }

  recolour() {
    this.#spectrogram.recolour();
    this.#draw();
  }

  #reset(utterance, expectedSeconds) {
    const rate = utterance.clip.sampleRate;
    this.#utterance = utterance;
    this.#expectedSeconds = expectedSeconds;
    this.#peaks = new PeakStream(hopSize);
    this.#mel = new MelStream(rate);
    this.#spectrogram.clear();
    this.#player.load(utterance.clip);
    byId('stage').hidden = false;
    byId('stage-text').textContent = utterance.request.input;
    byId('stage-text').lang = (utterance.request.language ?? '').replace('_', '-');
    this.#showFigures();
  }

  #analyse(samples) {
    this.#peaks.push(samples);
    for (const column of this.#mel.push(samples)) this.#spectrogram.push(column);
  }

  /** Seconds that the width of the pictures stands for: a guess until the end is known. */
  get #axis() {
    const {clip} = this.#utterance;
    return clip.complete ? clip.seconds : Math.max(this.#expectedSeconds, 1.05 * clip.seconds);
  }

  #animate() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
      if (this.playing) this.#animate();
    });
  }

  #draw() {
    if (!this.#utterance) return;
    const {sampleRate, seconds: length} = this.#utterance.clip;
    const at = this.#player.position / sampleRate;
    const shown = (this.#axis * sampleRate) / hopSize;
    const played = at / this.#axis;
    drawWaveform(byId('waveform'), this.#peaks, {shown, played});
    this.#spectrogram.draw(byId('spectrogram'), {shown, played});
    byId('time').textContent = `${clock(at)} / ${clock(length)}`;
    byId('seek').max = this.#axis;
    byId('seek').value = at;
    byId('seek').setAttribute('aria-valuetext', `${seconds(at)} of ${seconds(length)}`);
    this.#showGaps();
  }

  #seek() {
    if (!this.#utterance) return;
    const {clip} = this.#utterance;
    const sample = Math.floor(Number(byId('seek').value) * clip.sampleRate);
    this.#player.play(Math.min(sample, Math.max(0, clip.length - 1)));
  }

  #showPlaying() {
    const name = this.playing ? 'pause' : 'play';
    byId('play').querySelector('svg').replaceWith(icon(name));
    byId('play').querySelector('span').textContent = this.playing ? 'Pause' : 'Play';
    if (this.playing) this.#animate();
  }

  #showFigures() {
    const {timing, seed, clip, remark} = this.#utterance;
    byId('first-audio').textContent = timing.firstAudio === null ? '…' : delay(timing.firstAudio);
    byId('rate').textContent =
        timing.rate === null ? '…' : `${timing.rate.toFixed(timing.rate < 10 ? 2 : 0)} × real time`;
    byId('length').textContent = clip.length ? seconds(clip.seconds) : '…';
    byId('used-seed').textContent = seed ?? '…';
    byId('remark').textContent = remark ?? '';
    this.#showGaps();
  }

  #showGaps() {
    const {count, seconds: silent} = this.#player.gaps;
    byId('gaps').textContent = count === 0 ? 'none' : `${count} (${seconds(silent)})`;
  }
}
