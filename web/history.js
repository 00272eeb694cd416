// What was said in this tab. Requests outlive a reload, sounds do not: the same seed makes the same
// samples again.

import {byId, element, icon} from './dom.js';
import {voiceLabel} from './mix.js';
import {seconds} from './words.js';

const storeName = 'kani-history';
const mostEntries = 50;
// Samples kept in memory: about 200 MB. The oldest sounds go first, their lines stay.
const mostSamples = 50_000_000;

export class History {
  #entries = []; // newest first: {request, voice, seed, seconds, clip or null}

  /** (entry) => void */
  onplay = () => {};
  /** (request) => void: put this request back on the page */
  onreuse = () => {};

  constructor() {
    byId('history-clear').addEventListener('click', () => this.clear());
    try {
      this.#entries = JSON.parse(sessionStorage.getItem(storeName) ?? '[]');
    } catch {
      // Written by another version of the page.
    }
    this.#show();
  }

  add(utterance) {
    this.#entries.unshift(utterance);
    this.#entries.length = Math.min(this.#entries.length, mostEntries);
    let samples = 0;
    for (const entry of this.#entries) {
      samples += entry.clip?.length ?? 0;
      if (samples > mostSamples) entry.clip = null;
    }
    this.#store();
    this.#show();
  }

  clear() {
    this.#entries = [];
    this.#store();
    this.#show();
  }

  #store() {
    const kept = this.#entries.map(({request, voice, seed, seconds: length}) =>
        ({request, voice, seed, seconds: length, clip: null}));
    try {
      sessionStorage.setItem(storeName, JSON.stringify(kept));
    } catch {
      // Storage is full or forbidden: the history then lives as long as the page.
    }
  }

  #show() {
    byId('history-section').hidden = this.#entries.length === 0;
    byId('history').replaceChildren(...this.#entries.map((entry) => this.#row(entry)));
  }

  #row(entry) {
    const {request} = entry;
    const start = request.input.length > 60 ? `${request.input.slice(0, 60)}…` : request.input;
    return element(
        'li', {className: 'row'},
        element('button', {
          type: 'button', className: 'quiet round', 'aria-label': `Play again: ${start}`,
          onclick: () => this.onplay(entry),
        }, icon('play')),
        element('p', {className: 'row-text', lang: (request.language ?? '').replace('_', '-')}, request.input),
        element('p', {className: 'row-about'},
                `${voiceLabel(request.voice)} · ${seconds(entry.seconds)} · seed ${entry.seed}`),
        element('button', {
          type: 'button', className: 'quiet', 'aria-label': `Use again: ${start}`,
          onclick: () => this.onreuse(entry),
        }, 'Use again'));
  }
}
