// The list of voices: choose one, hear it, remove one's own.

import {byId, element, icon} from './dom.js';
import {showProblem} from './notice.js';
import {languageName} from './words.js';

/** By language, in it the default first, then by name; voices without a language last. */
function byLanguage(a, b) {
  const key = ({language, default_for: uses, id}) => `${language ?? '~'} ${uses?.length ? 0 : 1} ${id}`;
  return key(a).localeCompare(key(b));
}

export class Voices {
  #api;
  #auditions;
  #list = [];
  #chosen = null;

  /** Called when the list or the choice changes. */
  onchange = () => {};
  /** async () => void: the list is to be read anew. */
  onstale = async () => {};

  constructor(api, auditions) {
    this.#api = api;
    this.#auditions = auditions;
  }

  /** All voices as the server lists them. */
  get all() {
    return this.#list;
  }

  /** The id of the chosen voice, null before there is one. */
  get chosen() {
    return this.#chosen;
  }

  /** Reads the list of this model's voices and keeps the choice where it still exists, else takes a default. */
  async refresh(model) {
    this.#list = (await this.#api.voices(model)).sort(byLanguage);
    const has = (id) => this.#list.some((voice) => voice.id === id);
    if (!has(this.#chosen)) {
      const fallback = this.#list.find((voice) => voice.default_for?.includes('en')) ??
          this.#list.find((voice) => voice.default_for?.length) ?? this.#list[0];
      this.#chosen = fallback?.id ?? null;
    }
    this.#show();
    this.onchange();
  }

  choose(id) {
    this.#chosen = id;
    for (const input of byId('voices').querySelectorAll('input')) input.checked = input.value === id;
    this.onchange();
  }

  #show() {
    const own = this.#list.filter((voice) => !voice.shipped);
    const shipped = this.#list.filter((voice) => voice.shipped);
    const rows = [];
    if (own.length > 0) {
      rows.push(element('p', {className: 'group-name'}, 'Yours'), ...own.map((v) => this.#row(v)));
      rows.push(element('p', {className: 'group-name'}, 'Shipped'));
    }
    rows.push(...shipped.map((voice) => this.#row(voice)));
    if (rows.length === 0) {
      rows.push(element('p', {className: 'hint'}, 'This model has no voices yet. Clone one.'));
    }
    byId('voices').replaceChildren(...rows);
  }

  #row(voice) {
    const about = [];
    if (voice.language) about.push(languageName(voice.language));
    if (voice.default_for?.length) about.push('default');
    const input = element('input', {
      type: 'radio', name: 'voice', value: voice.id, checked: voice.id === this.#chosen,
      onchange: () => this.choose(voice.id),
    });
    const listen = element('button', {
      type: 'button', className: 'quiet round', 'aria-label': `Hear ${voice.id}`,
      onclick: (event) => this.#audition(event.currentTarget, voice),
    }, icon('play'));
    const row = element(
        'div', {className: 'voice'},
        element('label', {}, input, element('span', {className: 'voice-name'}, voice.id),
                element('span', {className: 'voice-about'}, about.join(', '))));
    if (!voice.shipped) {
      row.append(element('button', {
        type: 'button', className: 'quiet round', 'aria-label': `Remove ${voice.id}`,
        onclick: () => this.#remove(voice),
      }, icon('bin')));
    }
    row.append(listen);
    return row;
  }

  async #audition(button, voice) {
    try {
      await this.#auditions.toggle(button, () => this.#api.preview(voice));
    } catch (error) {
      showProblem('problem', error);
    }
  }

  async #remove(voice) {
    if (!confirm(`Remove the voice “${voice.id}” from the server? This cannot be undone.`)) return;
    try {
      await this.#api.deleteVoice(voice.id);
      await this.onstale();
    } catch (error) {
      showProblem('problem', error);
    }
  }
}
