// Draws mel columns as they arrive. The picture has a bounded width: when it is full, neighbours
// are merged and every column from then on stands for twice the time.

import {element} from './dom.js';
import {melBands} from './mel.js';
import {colour} from './theme.js';

const mostColumns = 4096;

/** 256 colours through the four stops that style.css names, quiet to loud. */
function palette() {
  const stops = [0, 1, 2, 3].map((i) => colour(`--spectrum-${i}`).match(/[\d.]+/g).map(Number));
  return Array.from({length: 256}, (_, level) => {
    const at = (level / 255) * (stops.length - 1);
    const from = Math.min(Math.floor(at), stops.length - 2);
    return [0, 1, 2].map((c) => stops[from][c] + (at - from) * (stops[from + 1][c] - stops[from][c]));
  });
}

export class Spectrogram {
  #levels = new Uint8Array(mostColumns * melBands); // [column, band]
  #held = 0;
  #merged = 1; // mel columns per column
  #pending = []; // mel columns of the next one
  #image = element('canvas', {width: mostColumns, height: melBands});
  #colours = palette();

  clear() {
    this.#held = 0;
    this.#merged = 1;
    this.#pending = [];
  }

  /** @param column of MelStream */
  push(column) {
    this.#pending.push(column);
    if (this.#pending.length < this.#merged) return;
    if (this.#held === mostColumns) this.#halve();
    const at = this.#held * melBands;
    for (let band = 0; band < melBands; ++band) {
      this.#levels[at + band] = Math.max(...this.#pending.map((each) => each[band]));
    }
    this.#pending = [];
    this.#paint(this.#held, 1);
    this.#held += 1;
  }

  /** Paints everything anew, for other colours. */
  recolour() {
    this.#colours = palette();
    if (this.#held > 0) this.#paint(0, this.#held);
  }

  /** @param shown mel columns that the width stands for */
  draw(canvas, {shown, played = 0}) {
    const context = canvas.getContext('2d');
    const {width, height} = canvas;
    context.clearRect(0, 0, width, height);
    if (this.#held === 0) return;
    context.drawImage(this.#image, 0, 0, this.#held, melBands,
                      0, 0, (width * this.#held * this.#merged) / shown, height);
    if (played > 0 && played < 1) {
      context.fillStyle = colour('--ink');
      context.fillRect(Math.round(played * width), 0, Math.ceil(devicePixelRatio), height);
    }
  }

  #halve() {
    for (let column = 0; column < mostColumns / 2; ++column) {
      for (let band = 0; band < melBands; ++band) {
        const first = 2 * column * melBands + band;
        this.#levels[column * melBands + band] =
            Math.max(this.#levels[first], this.#levels[first + melBands]);
      }
    }
    this.#held = mostColumns / 2;
    this.#merged *= 2;
    this.#paint(0, this.#held);
  }

  #paint(from, count) {
    const pixels = new ImageData(count, melBands);
    for (let column = 0; column < count; ++column) {
      for (let band = 0; band < melBands; ++band) {
        const [r, g, b] = this.#colours[this.#levels[(from + column) * melBands + band]];
        const at = 4 * ((melBands - 1 - band) * count + column);
        pixels.data.set([r, g, b, 255], at);
      }
    }
    this.#image.getContext('2d').putImageData(pixels, from, 0);
  }
}
