// Short sounds beside the stage: previews of voices, takes of a recording. One at a time.

import {icon} from './dom.js';

export class Auditions {
  #audio = new Audio();
  #button = null;
  #label = '';
  #turn = 0;

  /** Called before a sound starts, so that others fall silent. */
  onstart = () => {};

  constructor() {
    this.#audio.addEventListener('ended', () => this.stop());
    this.#audio.addEventListener('error', () => this.#button && this.stop());
  }

  /**
   * Plays what `load` gives, or stops when `button` is the one that plays.
   * @param load async () => Blob
   */
  async toggle(button, load) {
    const again = this.#button === button;
    this.stop();
    if (again) return;
    this.onstart();
    const turn = ++this.#turn;
    this.#mark(button, 'wait');
    try {
      const blob = await load();
      if (turn !== this.#turn) return;
      this.#audio.src = URL.createObjectURL(blob);
      this.#mark(button, 'pause');
      await this.#audio.play();
    } catch (error) {
      if (turn !== this.#turn) return;
      this.stop();
      throw error;
    }
  }

  stop() {
    ++this.#turn;
    this.#audio.pause();
    if (this.#audio.src) URL.revokeObjectURL(this.#audio.src);
    this.#audio.removeAttribute('src');
    if (this.#button) {
      this.#button.querySelector('svg').replaceWith(icon('play'));
      this.#button.setAttribute('aria-label', this.#label);
      this.#button.removeAttribute('aria-busy');
    }
    this.#button = null;
  }

  #mark(button, name) {
    if (this.#button !== button) this.#label = button.getAttribute('aria-label');
    this.#button = button;
    button.querySelector('svg').replaceWith(icon(name));
    button.setAttribute('aria-label', name === 'wait' ? `Loading: ${this.#label}` : `Stop: ${this.#label}`);
    button.setAttribute('aria-busy', String(name === 'wait'));
  }
}
