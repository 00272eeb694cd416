// The panel of sampling settings.

import {byId, element} from './dom.js';
import {changedSettings, modelDefaults, parseSeed, settingsTable} from './settings_table.js';

export class Settings {
  #inputs = new Map();
  #defaults = modelDefaults(null);
  // Where the sliders stand for the defaults: a default may lie between two steps of its slider.
  #untouched = {};

  /** Called when anything changes. */
  onchange = () => {};

  constructor() {
    for (const row of settingsTable) byId('settings-rows').append(this.#row(row));
    byId('seed').addEventListener('input', () => this.#changed());
    byId('settings-reset').addEventListener('click', () => this.reset());
    this.useModel(null);
  }

  /** Takes a model's defaults over; what a person has set stays. */
  useModel(model) {
    const mine = changedSettings(this.#values(), this.#untouched);
    this.#defaults = modelDefaults(model);
    this.#show(this.#defaults);
    this.#untouched = this.#values();
    this.#show({...this.#defaults, ...(model && mine)});
  }

  reset() {
    byId('seed').value = '';
    this.#show(this.#defaults);
  }

  /** Shows the settings of an earlier request. */
  restore(fields) {
    byId('seed').value = fields.seed ?? '';
    this.#show({...this.#defaults, ...fields});
  }

  /** Fields of a request: only what differs from the model's defaults. */
  get fields() {
    const seed = parseSeed(byId('seed').value);
    const fields = changedSettings(this.#values(), this.#untouched);
    return seed === null || Number.isNaN(seed) ? fields : {...fields, seed};
  }

  get speed() {
    return this.#values().speed;
  }

  #values() {
    const values = {};
    for (const [key, {range}] of this.#inputs) values[key] = Number(range.value);
    return values;
  }

  #show(values) {
    for (const [key, {range}] of this.#inputs) range.value = values[key];
    this.#changed();
  }

  #changed() {
    for (const {range, output, text} of this.#inputs.values()) output.value = text(range.value);
    const wrong = Number.isNaN(parseSeed(byId('seed').value));
    byId('seed').setAttribute('aria-invalid', String(wrong));
    byId('seed-hint').textContent = wrong ? 'A whole number of at most 15 digits.' :
                                            'Same seed and text: the same samples, on any machine.';
    const count = Object.keys(this.fields).length;
    byId('settings-changed').textContent = count === 0 ? '' : `${count} changed`;
    byId('settings-reset').disabled = count === 0 && !wrong;
    this.onchange();
  }

  #row({key, label, field, min, max, step, low, high, hint}) {
    const digits = step < 1 ? 2 : 0;
    const id = `setting-${key}`;
    const range = element('input', {
      id, type: 'range', min, max, step, 'aria-describedby': `${id}-hint`,
      oninput: () => this.#changed(),
    });
    const output = element('output', {htmlFor: id});
    this.#inputs.set(key, {range, output, text: (value) => Number(value).toFixed(digits)});
    return element(
      'div', {className: 'setting'},
      element('div', {className: 'setting-head'},
              element('label', {htmlFor: id}, label, element('code', {}, field)), output),
      range,
      element('div', {className: 'setting-ends', 'aria-hidden': 'true'},
              element('span', {}, low), element('span', {}, high)),
      element('p', {id: `${id}-hint`, className: 'hint'}, hint));
  }
}
