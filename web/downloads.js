// The sound on the stage as a file of any format. WAV and raw PCM are made here of what was heard;
// for the others the server makes it once more with the same seed, which gives the same samples.

import {byId, element, saveFile} from './dom.js';
import {announce, clearProblem, showProblem} from './notice.js';
import {pcmBytes, wavBytes} from './pcm.js';

const types = {wav: 'audio/wav', pcm: 'application/octet-stream'};
const defaultFormats = ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm'];

/** "Hello, how are you?" → "hello-how-are-you" */
export function fileStem(text) {
  const plain = text.normalize('NFKD').replace(/[\u0300-\u036f]/g, '').toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, '-').slice(0, 40).replace(/^-+|-+$/g, '') || 'speech';
}

export class Downloads {
  #api;
  #stage;
  #buttons = [];

  constructor(api, stage) {
    this.#api = api;
    this.#stage = stage;
  }

  useModel(model) {
    for (const button of this.#buttons) button.remove();
    this.#buttons = (model.formats ?? defaultFormats).map(
        (format) => element('button', {
          type: 'button', onclick: (event) => this.#save(format, event.currentTarget),
        }, format.toUpperCase()));
    byId('downloads').append(...this.#buttons);
    this.update();
  }

  /** What can be had of what is on the stage: all when it is complete, a cut sound only as heard. */
  update() {
    const utterance = this.#stage.utterance;
    for (const button of this.#buttons) {
      const own = button.textContent.toLowerCase() in types;
      button.disabled = !utterance?.clip.complete || (!own && utterance.cut);
    }
  }

  async #save(format, button) {
    const {clip, request, seed} = this.#stage.utterance;
    button.setAttribute('aria-busy', 'true');
    clearProblem('problem');
    try {
      let blob;
      if (format in types) {
        const samples = clip.samplesFrom(0);
        const bytes = format === 'wav' ? wavBytes(samples, clip.sampleRate) : pcmBytes(samples);
        blob = new Blob([bytes], {type: types[format]});
      } else {
        // The rate was the page's own wish, to play without conversion.
        const {sample_rate: _, ...same} = request;
        blob = await this.#api.file({...same, seed}, format);
      }
      saveFile(blob, `${fileStem(request.input)}.${format}`);
      announce(`${format.toUpperCase()} saved.`);
    } catch (error) {
      showProblem('problem', error);
    } finally {
      button.removeAttribute('aria-busy');
    }
  }
}
