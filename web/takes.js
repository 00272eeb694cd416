// The recordings a clone will be made of: each drawn, playable, judged and removable.

import {fitCanvas} from './canvas.js';
import {byId, element, icon} from './dom.js';
import {PeakStream} from './peaks.js';
import {adviseTake, measureTake} from './take_advice.js';
import {drawWaveform} from './waveform.js';
import {seconds} from './words.js';

// Enough for a picture of any width.
const peaksPerTake = 1500;

export class Takes {
  #auditions;
  #list = []; // {blob, name, samples, sampleRate}

  onchange = () => {};

  constructor(auditions) {
    this.#auditions = auditions;
  }

  get files() {
    return this.#list.map(({blob, name}) => ({blob, name}));
  }

  /** @param samples null where the browser cannot decode the file; the server may */
  add(take) {
    this.#list.push(take);
    byId('takes').append(this.#row(take));
    this.onchange();
  }

  clear() {
    this.#list = [];
    byId('takes').replaceChildren();
    this.onchange();
  }

  #row(take) {
    const {name, blob, samples, sampleRate} = take;
    const listen = element('button', {
      type: 'button', className: 'quiet round', 'aria-label': `Hear ${name}`,
      onclick: (event) => this.#auditions.toggle(event.currentTarget, async () => blob),
    }, icon('play'));
    const remove = element('button', {
      type: 'button', className: 'quiet round', 'aria-label': `Remove ${name}`,
      onclick: () => {
        this.#list.splice(this.#list.indexOf(take), 1);
        row.remove();
        this.onchange();
      },
    }, icon('bin'));
    const advice = samples ? adviseTake(measureTake(samples, sampleRate)) :
        [{level: 'better', text: 'This browser cannot show it; the server may still read it.'}];
    const length = samples ? seconds(samples.length / sampleRate) : '';
    const row = element(
        'li', {className: 'take'}, listen, this.#picture(take),
        element('span', {className: 'take-about'}, element('span', {className: 'take-name'}, name), ` ${length}`),
        remove,
        element('ul', {className: 'advice'},
                ...advice.map(({level, text}) => element('li', {className: level}, text))));
    return row;
  }

  #picture({samples}) {
    const canvas = element('canvas', {role: 'img', 'aria-label': 'Waveform'});
    if (samples) {
      const peaks = new PeakStream(Math.max(1, Math.ceil(samples.length / peaksPerTake)));
      peaks.push(samples);
      const draw = () => drawWaveform(canvas, peaks, {shown: peaks.highs.length, played: 1});
      fitCanvas(canvas, draw);
    }
    return canvas;
  }
}
