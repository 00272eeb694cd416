// What is drawn: the FFT, mel columns, outlines.

import assert from 'node:assert/strict';
import {test} from 'node:test';

import {bandCentre, fft, hopSize, melBands, MelStream} from '../../web/mel.js';
import {PeakStream} from '../../web/peaks.js';

test('the FFT is the sum that defines it', () => {
  for (const size of [1, 2, 8, 64]) {
    const input = Array.from({length: size}, (_, i) => [Math.sin(i * i), Math.cos(3 * i)]);
    const real = Float64Array.from(input, ([r]) => r);
    const imaginary = Float64Array.from(input, ([, i]) => i);
    fft(real, imaginary);
    for (let k = 0; k < size; ++k) {
      let [r, m] = [0, 0];
      input.forEach(([a, b], n) => {
        const angle = (-2 * Math.PI * k * n) / size;
        r += a * Math.cos(angle) - b * Math.sin(angle);
        m += a * Math.sin(angle) + b * Math.cos(angle);
      });
      assert.ok(Math.abs(real[k] - r) < 1e-9 && Math.abs(imaginary[k] - m) < 1e-9, `size ${size}, bin ${k}`);
    }
  }
});

const sine = (hz, rate, length, level = 0.5) =>
  Float32Array.from({length}, (_, i) => level * Math.sin((2 * Math.PI * hz * i) / rate));

test('a tone is loudest in the band whose centre is nearest', () => {
  for (const rate of [22050, 24000, 48000]) {
    for (const hz of [440, 1000, 3000, 7000]) {
      const column = new MelStream(rate).push(sine(hz, rate, 8192)).at(-1);
      // Neighbours may be at the ceiling together: the middle of the loudest counts.
      const loudest = Math.max(...column);
      const bands = [...column.keys()].filter((band) => column[band] === loudest);
      const band = bands[bands.length >> 1];
      const centres = Array.from({length: melBands}, (_, b) => Math.abs(bandCentre(b, rate) - hz));
      const nearest = centres.indexOf(Math.min(...centres));
      assert.ok(Math.abs(band - nearest) <= 1, `${hz} Hz at ${rate}: band ${band}, expected ${nearest}`);
    }
  }
});

test('silence is black, and quieter is darker', () => {
  const loudest = (level) => Math.max(...new MelStream(22050).push(sine(1000, 22050, 4096, level)).at(-1));
  assert.equal(loudest(0), 0);
  assert.ok(loudest(0.001) > 0);
  assert.ok(loudest(0.001) < loudest(0.01));
});

test('columns are the same however the samples are cut', () => {
  const samples = sine(700, 22050, 5000);
  const whole = new MelStream(22050).push(samples);
  assert.equal(whole.length, Math.floor(5000 / hopSize));
  for (const size of [1, 255, 256, 257, 1999]) {
    const mel = new MelStream(22050);
    const columns = [];
    for (let at = 0; at < samples.length; at += size) columns.push(...mel.push(samples.subarray(at, at + size)));
    assert.deepEqual(columns, whole, `pieces of ${size}`);
  }
});

test('every band of every usual rate hears something', () => {
  for (const rate of [8000, 16000, 22050, 24000, 44100, 48000]) {
    let state = 1;
    const noise = Float32Array.from({length: 4096}, () => {
      state = (state * 48271) % 2147483647;
      return state / 1073741823.5 - 1;
    });
    assert.ok(Math.min(...new MelStream(rate).push(noise).at(-1)) > 0, `${rate} Hz`);
  }
});

test('the outline keeps extremes, also across pieces', () => {
  const peaks = new PeakStream(4);
  peaks.push(Float32Array.of(0.5, -0.5, 0.25));
  peaks.push(Float32Array.of(-1, 0.125));
  assert.deepEqual(peaks.highs, [0.5, 0.125]);
  assert.deepEqual(peaks.lows, [-1, 0.125]);
});
