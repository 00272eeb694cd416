// The panel that mixes voices.

import {byId, element} from './dom.js';
import {mixLabel, mixOf} from './mix.js';
import {clearProblem, showProblem} from './notice.js';
import {Problem} from './problem.js';

export class Mixer {
  #api;
  #sliders = new Map(); // voice id → range

  onchange = () => {};
  /** Of the model whose voices these are. */
  modelId = '';
  /** async (voice) => void, when a mix has been saved as a voice. */
  onsaved = async () => {};

  constructor(api) {
    this.#api = api;
    byId('mix-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#save();
    });
  }

  /** The mix as a request takes it, or null with fewer than two voices. */
  get mix() {
    return mixOf([...this.#sliders].map(([id, range]) => ({id, value: Number(range.value)})));
  }

  /** Offers these voices; sliders of voices that stay keep their places. */
  useVoices(voices) {
    const places = new Map([...this.#sliders].map(([id, range]) => [id, range.value]));
    this.#sliders.clear();
    // A first mix that can be heard at once, of two voices of one language.
    const first = voices[0];
    const second = voices.find((each) => each !== first && each.language === first?.language) ?? voices[1];
    const start = (voice) => (voice === first || voice === second ? 50 : 0);
    byId('mix-rows').replaceChildren(
        ...voices.map((voice) => this.#row(voice.id, places.get(voice.id) ?? (places.size ? 0 : start(voice)))));
    this.#changed();
  }

  /** Puts the sliders where this mix has them. */
  restore(mix) {
    for (const [id, range] of this.#sliders) {
      range.value = Math.round(100 * (mix.find((each) => each.id === id)?.weight ?? 0));
    }
    this.#changed();
  }

  #row(id, value) {
    const range = element('input', {
      id: `mix-${id}`, type: 'range', min: 0, max: 100, step: 5, oninput: () => this.#changed(),
    });
    range.value = value; // only once min, max and step are set
    this.#sliders.set(id, range);
    return element('div', {className: 'mix-row'}, element('label', {htmlFor: range.id}, id), range,
                   element('output', {htmlFor: range.id}));
  }

  #changed() {
    const mix = this.mix;
    for (const [id, range] of this.#sliders) {
      const part = mix?.find((each) => each.id === id);
      const text = part ? `${Math.round(100 * part.weight)}\u00a0%` : '–';
      range.nextElementSibling.value = text;
      range.setAttribute('aria-valuetext', part ? text : 'not in the mix');
    }
    byId('mix-label').textContent = mix ? mixLabel(mix) : 'Give at least two voices some weight.';
    this.onchange();
  }

  async #save() {
    clearProblem('mix-problem');
    const name = byId('mix-name').value.trim();
    try {
      if (!this.mix) throw new Problem('A mix needs two voices.', 'Move two sliders up.');
      if (!name) throw new Problem('The mix has no name yet.', 'Type one, then save.');
      const voice = await this.#api.saveMix({model: this.modelId, name, mix: this.mix});
      byId('mix-name').value = '';
      await this.onsaved(voice);
    } catch (error) {
      showProblem('mix-problem', error);
    }
  }
}
